"""The parts of the plane, each imported only where it is served: a process holds no more than it needs."""
