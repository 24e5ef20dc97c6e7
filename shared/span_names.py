"""Names of spans' attributes: those of OpenTelemetry's semantic conventions 1.45, and our own under `authplane.`.

RPC: `rpc.status_code` is `rpc.response.status_code` in conventions before 1.45.
"""

RPC_SYSTEM = "rpc.system.name"
RPC_METHOD = "rpc.method"
RPC_STATUS_CODE = "rpc.status_code"
GRPC = "grpc"

HTTP_METHOD = "http.request.method"
HTTP_ROUTE = "http.route"
HTTP_STATUS_CODE = "http.response.status_code"

DB_SYSTEM = "db.system.name"
DB_QUERY_SUMMARY = "db.query.summary"
DB_RETURNED_ROWS = "db.response.returned_rows"
POSTGRESQL = "postgresql"
MEMCACHED = "memcached"

ERROR_TYPE = "error.type"

CACHE_NAME = "authplane.cache.name"
CACHE_OUTCOME = "authplane.cache.outcome"
"""hit, shared (the second level had it) or miss."""

CACHE_MISS_REASON = "authplane.cache.miss_reason"
POOL_WAIT_MS = "authplane.pool.wait_ms"
REQUEST_ID = "authplane.request_id"
