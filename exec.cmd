@rem For `npm start` on Windows, whose shell has no exec: see docs/running.md.
@%*
