//! In-process DynamoDB and S3, recording queue and bus, fixed clock, event-case runner.
