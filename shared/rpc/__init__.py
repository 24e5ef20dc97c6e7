"""gRPC on both sides: servers with one boundary for errors, channels, and failures as values."""
