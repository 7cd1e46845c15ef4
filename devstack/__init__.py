"""The embedded services, the one-command run and the test runner: for development only, imported by no app."""
