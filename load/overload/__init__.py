"""Far more calls than can be answered, with and without admission control."""
