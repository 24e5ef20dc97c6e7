"""What a path costs when there is much more of everything."""
