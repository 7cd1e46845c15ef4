"""What tracing deliveries costs."""
