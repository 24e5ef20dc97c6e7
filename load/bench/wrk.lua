-- One request again and again, told by the environment; figures as a line of JSON.
wrk.method = os.getenv("WRK_METHOD")
wrk.path = os.getenv("WRK_PATH")
wrk.body = os.getenv("WRK_BODY")
for name, value in string.gmatch(os.getenv("WRK_HEADERS"), "([^\n:]+): ([^\n]+)") do
    wrk.headers[name] = value
end

local upto = {0.001, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100}

function done(summary, latency, requests)
    local latencies = {}
    for index, share in ipairs(upto) do
        latencies[index] = string.format("%.1f", share == 100 and latency.max or latency:percentile(share))
    end
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "microseconds": %d, "p50": %.1f, "p95": %.1f, "p99": %.1f, "longest": %.1f, ' ..
        '"upto": [%s], "latencies": [%s], ' ..
        '"failures": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
        latency.max, table.concat(upto, ", "), table.concat(latencies, ", "),
        errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
