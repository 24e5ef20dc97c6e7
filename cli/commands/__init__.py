"""One module for each command; its `app` is what `cli.main` puts in place."""
