"""The gRPC services: who is it (auth), and what may it do (token)."""
