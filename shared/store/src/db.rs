//! The few calls that everything else is made of.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, ReturnValue, TransactWriteItem};

use crate::Store;
use crate::error::{StoreError, StoreErrorKind, met_transaction, sdk};
use crate::item::{Attributes, key};
use crate::keys::Key;

/// A condition or update with its names and values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    pub text: String,
    pub names: Vec<(String, String)>,
    pub values: Vec<(String, AttributeValue)>,
}

impl Expression {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn name(mut self, name: &str, attribute: &str) -> Self {
        self.names.push((name.to_owned(), attribute.to_owned()));
        self
    }

    pub fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.push((name.to_owned(), value));
        self
    }
}

/// Whether a transaction went through; else the places whose conditions failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transacted {
    Done,
    Refused(Vec<usize>),
    /// Another transaction touched the same items: try again.
    Contended,
}

/// A page of a Query.
pub(crate) struct Queried {
    pub items: Vec<Attributes>,
    pub more: bool,
}

/// Items read in one call: the service's limit.
const AT_ONCE: usize = 100;
/// Such calls at the same time.
const PARALLEL_READS: usize = 8;

/// How often a write waits for a transaction on the same item to end.
const WAITS: u32 = 6;

/// Sends a write, again while a transaction is working on the same item: taking that for a failed condition would
/// lose the write.
macro_rules! again {
    ($store:expr, $op:expr, $call:expr) => {{
        let mut waited = 0;
        loop {
            match $call.clone().send().await {
                Err(error) if waited < WAITS && met_transaction(&error) => {
                    $store.back_off(waited).await;
                    waited += 1;
                }
                Err(error) if met_transaction(&error) => {
                    break Err(StoreError::new(StoreErrorKind::Throttled, $op, "a transaction does not end"));
                }
                answer => break answer.map_err(|e| sdk($op, &e)),
            }
        }
    }};
}

impl Store {
    /// Waits before the next try of something contended.
    pub(crate) async fn back_off(&self, attempt: u32) {
        self.pause.wait(attempt).await;
    }

    pub(crate) async fn get(&self, op: &'static str, at: &Key) -> Result<Option<Attributes>, StoreError> {
        let answer =
            self.client.get_item().table_name(&self.table).set_key(Some(key(at))).consistent_read(true);
        Ok(answer.send().await.map_err(|e| sdk(op, &e))?.item)
    }

    /// What an item was a moment ago, for half the price: only where the write that follows would notice.
    pub(crate) async fn glance(&self, op: &'static str, at: &Key) -> Result<Option<Attributes>, StoreError> {
        let answer = self.client.get_item().table_name(&self.table).set_key(Some(key(at)));
        Ok(answer.send().await.map_err(|e| sdk(op, &e))?.item)
    }

    /// What items were a moment ago, at most 100 in one call; those that the service leaves out are left out here.
    pub(crate) async fn glance_at_all(
        &self,
        op: &'static str,
        keys: &[Key],
    ) -> Result<Vec<Attributes>, StoreError> {
        let mut wanted = KeysAndAttributes::builder();
        for at in keys {
            wanted = wanted.keys(key(at));
        }
        let wanted =
            wanted.build().map_err(|e| StoreError::new(StoreErrorKind::Corrupt, op, e.to_string()))?;
        let call = self.client.batch_get_item().request_items(&self.table, wanted);
        let mut found = call.send().await.map_err(|e| sdk(op, &e))?.responses.unwrap_or_default();
        Ok(found.remove(&self.table).unwrap_or_default())
    }

    /// All of these items that exist, as they were a moment ago; however many. What the service leaves out is asked
    /// for again.
    pub(crate) async fn glance_at_every(
        &self,
        op: &'static str,
        keys: &[Key],
    ) -> Result<Vec<Attributes>, StoreError> {
        let mut items = Vec::new();
        for together in keys.chunks(AT_ONCE * PARALLEL_READS) {
            let parts: Vec<_> = together.chunks(AT_ONCE).map(|part| self.glance_at_part(op, part)).collect();
            items.extend(futures::future::try_join_all(parts).await?.into_iter().flatten());
        }
        Ok(items)
    }

    async fn glance_at_part(&self, op: &'static str, keys: &[Key]) -> Result<Vec<Attributes>, StoreError> {
        let mut items = Vec::new();
        let mut wanted: Vec<Attributes> = keys.iter().map(key).collect();
        for attempt in 0..WAITS {
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).build();
            let request = request.map_err(|e| StoreError::new(StoreErrorKind::Corrupt, op, e.to_string()))?;
            let call = self.client.batch_get_item().request_items(&self.table, request);
            let answer = call.send().await.map_err(|e| sdk(op, &e))?;
            items.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            match left.map(|left| left.keys) {
                Some(left) if !left.is_empty() => wanted = left,
                _ => return Ok(items),
            }
            self.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Throttled, op, "not everything was read"))
    }

    pub(crate) async fn put(
        &self,
        op: &'static str,
        item: Attributes,
        condition: Option<Expression>,
    ) -> Result<(), StoreError> {
        let mut call = self.client.put_item().table_name(&self.table).set_item(Some(item));
        if let Some(condition) = condition {
            call = call.condition_expression(condition.text);
            for (name, value) in condition.names {
                call = call.expression_attribute_names(name, value);
            }
            for (name, value) in condition.values {
                call = call.expression_attribute_values(name, value);
            }
        }
        again!(self, op, call).map(|_| ())
    }

    /// Updates and returns the new image; a failed condition is `Conflict`.
    pub(crate) async fn update(
        &self,
        op: &'static str,
        at: &Key,
        update: Expression,
        condition: Option<&str>,
    ) -> Result<Attributes, StoreError> {
        let mut call = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(at)))
            .update_expression(update.text)
            .set_condition_expression(condition.map(str::to_owned))
            .return_values(ReturnValue::AllNew);
        for (name, value) in update.names {
            call = call.expression_attribute_names(name, value);
        }
        for (name, value) in update.values {
            call = call.expression_attribute_values(name, value);
        }
        Ok(again!(self, op, call)?.attributes.unwrap_or_default())
    }

    /// Deletes; with a condition, `Conflict` tells that it did not hold. Returns what was there.
    pub(crate) async fn delete(
        &self,
        op: &'static str,
        at: &Key,
        condition: Option<Expression>,
    ) -> Result<Option<Attributes>, StoreError> {
        let mut call = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(at)))
            .return_values(ReturnValue::AllOld);
        if let Some(condition) = condition {
            call = call.condition_expression(condition.text);
            for (name, value) in condition.names {
                call = call.expression_attribute_names(name, value);
            }
            for (name, value) in condition.values {
                call = call.expression_attribute_values(name, value);
            }
        }
        Ok(again!(self, op, call)?.attributes)
    }

    pub(crate) async fn transact(
        &self,
        op: &'static str,
        items: Vec<TransactWriteItem>,
    ) -> Result<Transacted, StoreError> {
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Transacted::Done),
            Err(error) => {
                if let Some(aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                    error.as_service_error()
                {
                    let reasons = cancelled.cancellation_reasons();
                    let failed: Vec<usize> = reasons
                        .iter()
                        .enumerate()
                        .filter(|(_, r)| r.code() == Some("ConditionalCheckFailed"))
                        .map(|(place, _)| place)
                        .collect();
                    return Ok(if failed.is_empty() { Transacted::Contended } else { Transacted::Refused(failed) });
                }
                let failure = sdk(op, &error);
                if failure.kind == StoreErrorKind::Conflict {
                    Ok(Transacted::Contended)
                } else {
                    Err(failure)
                }
            }
        }
    }

    pub(crate) fn put_in_transaction(
        &self,
        item: Attributes,
        condition: Option<Expression>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut put = Put::builder().table_name(&self.table).set_item(Some(item));
        if let Some(condition) = condition {
            put = put.condition_expression(condition.text);
            for (name, value) in condition.names {
                put = put.expression_attribute_names(name, value);
            }
            for (name, value) in condition.values {
                put = put.expression_attribute_values(name, value);
            }
        }
        let put = put
            .build()
            .map_err(|e| StoreError::new(StoreErrorKind::Corrupt, "transaction", e.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn update_in_transaction(
        &self,
        at: &Key,
        update: Expression,
        condition: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut builder = aws_sdk_dynamodb::types::Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(at)))
            .update_expression(update.text)
            .condition_expression(condition);
        for (name, value) in update.names {
            builder = builder.expression_attribute_names(name, value);
        }
        for (name, value) in update.values {
            builder = builder.expression_attribute_values(name, value);
        }
        let built = builder
            .build()
            .map_err(|e| StoreError::new(StoreErrorKind::Corrupt, "transaction", e.to_string()))?;
        Ok(TransactWriteItem::builder().update(built).build())
    }

    pub(crate) fn delete_in_transaction(
        &self,
        at: &Key,
        condition: Option<Expression>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut delete =
            aws_sdk_dynamodb::types::Delete::builder().table_name(&self.table).set_key(Some(key(at)));
        if let Some(condition) = condition {
            delete = delete.condition_expression(condition.text);
            for (name, value) in condition.names {
                delete = delete.expression_attribute_names(name, value);
            }
            for (name, value) in condition.values {
                delete = delete.expression_attribute_values(name, value);
            }
        }
        let delete = delete
            .build()
            .map_err(|e| StoreError::new(StoreErrorKind::Corrupt, "transaction", e.to_string()))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// One Query over a partition of the table.
    pub(crate) async fn query(
        &self,
        op: &'static str,
        condition: Expression,
        newest_first: bool,
        limit: u32,
    ) -> Result<Queried, StoreError> {
        self.query_as(op, condition, newest_first, limit, false).await
    }

    /// The same with everything that was written before: for what is judged before a write.
    pub(crate) async fn query_now(
        &self,
        op: &'static str,
        condition: Expression,
        limit: u32,
    ) -> Result<Queried, StoreError> {
        self.query_as(op, condition, false, limit, true).await
    }

    async fn query_as(
        &self,
        op: &'static str,
        condition: Expression,
        newest_first: bool,
        limit: u32,
        consistent: bool,
    ) -> Result<Queried, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let mut call = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression(condition.text.clone())
                .scan_index_forward(!newest_first)
                .consistent_read(consistent)
                .limit(i32::try_from(limit).unwrap_or(i32::MAX) - i32::try_from(items.len()).unwrap_or(0))
                .set_exclusive_start_key(start);
            for (name, value) in &condition.values {
                call = call.expression_attribute_values(name, value.clone());
            }
            let answer = call.send().await.map_err(|e| sdk(op, &e))?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() || items.len() >= limit as usize {
                return Ok(Queried { items, more: start.is_some() });
            }
        }
    }
}

/// "Somebody else was first" becomes `None`.
pub(crate) fn unless_conflict<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == StoreErrorKind::Conflict => Ok(None),
        Err(error) => Err(error),
    }
}
