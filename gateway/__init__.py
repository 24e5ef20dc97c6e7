"""HTTP in, one RPC out, HTTP back: the OAuth 2.0 endpoints, the pages and discovery."""
