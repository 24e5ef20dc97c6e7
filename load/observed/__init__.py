"""What it costs to be seen: metrics, traces and logs."""
