"""What builds and checks authplane; no part of it."""
