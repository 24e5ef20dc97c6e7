"""The least that each path can do: programs that are measured beside the plane, in the same run."""
