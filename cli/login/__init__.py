"""The authorization code flow as a native application runs it (RFC 8252)."""
