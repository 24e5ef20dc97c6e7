"""Every path beside the least that it can do, in one run, with a report."""
