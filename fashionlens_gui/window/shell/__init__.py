"""What every tab uses: workers, theme, messages, dialogs, shared widgets."""
