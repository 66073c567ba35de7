"""What becomes of a tuned version after training: who looks at it, which limits it must meet, which alias it gets."""
