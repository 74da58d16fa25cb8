"""Settings, models and fixtures that all suites share; never published, never a dependency."""
