//! What of a channel a client wants to have, and in what form: all, some of it by tags, or patches.

use crate::protocol::frame::{DeltaFormat, SubscribeRequest, SubscribeResult};
use crate::server::realtime::hub::Wants;
use crate::server::realtime::hub::filter::{BadFilter, Filter};
use crate::server::realtime::registration::rules::Rule;
use crate::server::realtime::transport::dialect::{Format, quoted};

/// What a client asks for, as far as the rule has it. Patches are an offer that need not be taken, and are
/// not taken together with a filter; a filter that is not heeded would be an answer to something else.
pub(super) fn wants<U>(request: &SubscribeRequest, rule: &Rule<U>) -> Result<Wants, BadFilter> {
    match (&request.tf, request.delta) {
        (Some(filter), _) if rule.has_filters => {
            let filter = Filter::parse(filter)?;
            Ok(Wants::Some(Box::new(filter)))
        }
        (Some(_), _) => Err(BadFilter),
        (None, Some(DeltaFormat::Fossil)) if rule.has_patches => Ok(Wants::Patches(None)),
        (None, _) => Ok(Wants::Everything),
    }
}

/// Makes a subscription begin accordingly. Where it stands is as it was: what is not wanted is not missing.
///
/// What was recovered comes whole also for who reads patches: each who comes back is elsewhere, and a
/// patch would be made for one reader alone, when there is the most to do.
pub(super) fn suit(wants: &Wants, format: Format, result: &mut SubscribeResult) {
    match wants {
        Wants::Everything => {}
        Wants::Some(filter) => {
            let recovered = &mut result.publications;
            recovered.retain(|publication| filter.matches(&publication.tags));
        }
        Wants::Patches(_) => {
            result.delta = true;
            if format == Format::Json {
                for publication in &mut result.publications {
                    publication.data = quoted(publication.data.get());
                }
            }
        }
    }
}
