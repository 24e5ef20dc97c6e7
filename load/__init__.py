"""Load on the plane's hot paths, as an open loop, against the latency that is asked of them; see docs/load.md."""
