"""An optional app: invalidations are rows of the write's own transaction until they are done."""
