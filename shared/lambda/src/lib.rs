//! Runtime glue: HTTP, SQS, stream and schedule entries, settings, tracing, ports on AWS.
