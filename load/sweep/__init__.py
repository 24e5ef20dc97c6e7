"""What sweeping costs those who are served meanwhile."""
