//! For how long an answer may be kept, and by whom. In: a plan. Out: the strictest `@cache` of all that it reads.

use backstay_plan::authorized::{Node, Plan, Source};
use backstay_schema::Schema;
use backstay_schema::model::{CachePolicy, CacheScope, ModelId, OperationId};

/// The policy of an answer; `None` when it must not be kept. One level without `@cache` is enough for that.
pub(crate) fn of(plan: &Plan, schema: &Schema) -> Option<CachePolicy> {
    match plan {
        Plan::Read(read) => node(&read.root, schema),
        Plan::Call(call) => operation(call.operation, schema),
        Plan::Insert(_) | Plan::Update(_) | Plan::Delete(_) => None,
    }
}

fn node(node: &Node, schema: &Schema) -> Option<CachePolicy> {
    let own = match &node.source {
        Source::Table => model(node.model, schema),
        Source::Operation(id, _) => operation(*id, schema),
        Source::Touched => None,
    }?;
    node.below().try_fold(own, |strictest, child| {
        let strictest = stricter(strictest, self::node(&child.node, schema)?);
        match &child.junction {
            Some(junction) => Some(stricter(strictest, model(junction.model, schema)?)),
            None => Some(strictest),
        }
    })
}

fn model(id: ModelId, schema: &Schema) -> Option<CachePolicy> {
    schema.models.get(usize::from(id.0))?.cache
}

fn operation(id: OperationId, schema: &Schema) -> Option<CachePolicy> {
    schema.operations.get(usize::from(id.0)).filter(|operation| operation.read_only)?.cache
}

fn stricter(a: CachePolicy, b: CachePolicy) -> CachePolicy {
    let scope = match (a.scope, b.scope) {
        (CacheScope::User, _) | (_, CacheScope::User) => CacheScope::User,
        (CacheScope::Role, _) | (_, CacheScope::Role) => CacheScope::Role,
        (CacheScope::Public, CacheScope::Public) => CacheScope::Public,
    };
    CachePolicy { ttl_ms: a.ttl_ms.min(b.ttl_ms), scope }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_of_two() {
        let policy = |ttl_ms, scope| CachePolicy { ttl_ms, scope };
        for (a, b, expected) in [
            (CacheScope::Public, CacheScope::Public, CacheScope::Public),
            (CacheScope::Public, CacheScope::Role, CacheScope::Role),
            (CacheScope::User, CacheScope::Role, CacheScope::User),
            (CacheScope::Public, CacheScope::User, CacheScope::User),
        ] {
            assert_eq!(stricter(policy(5, a), policy(9, b)), policy(5, expected));
            assert_eq!(stricter(policy(9, b), policy(5, a)), policy(5, expected));
        }
    }
}
