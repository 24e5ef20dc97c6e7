"""Signed tokens: the key ring, access tokens (RFC 9068), ID token hints and the claims of users."""
