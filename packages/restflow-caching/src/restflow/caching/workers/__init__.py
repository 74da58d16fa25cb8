"""What the workers of brokers import: the tasks behind the dispatchers, one module each."""
