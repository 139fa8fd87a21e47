"""The command `modules`, one module a command."""
