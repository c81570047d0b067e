//! DynamoDB and S3: one module per entity, keys in one place.
