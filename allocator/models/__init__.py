"""What people write and read: the world (one class per input file), the policy, the proposal."""
