//! Questions to all other servers, and what has come of them.
//!
//! Whoever asks waits until each server that is known has answered, or for a moment: one that has just
//! died must not hold anybody up.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::wire::{Answered, Said};
use crate::server::realtime::broker::Answer;

const PATIENCE: Duration = Duration::from_secs(1);
/// Connections or channels in one message: far below what a bus takes.
const PART: usize = 1000;

/// The questions that wait for answers.
#[derive(Debug, Default)]
pub struct Questions {
    next: AtomicU64,
    open: Mutex<HashMap<u64, mpsc::UnboundedSender<Came>>>,
}

#[derive(Debug)]
struct Came {
    from: Uuid,
    answer: Answer,
    is_last: bool,
}

/// A question that was asked; it is forgotten when this is dropped.
pub struct Asked<'a> {
    questions: &'a Questions,
    pub id: u64,
    coming: mpsc::UnboundedReceiver<Came>,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.questions.open().remove(&self.id);
    }
}

impl Questions {
    pub fn ask(&self) -> Asked<'_> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, coming) = mpsc::unbounded_channel();
        self.open().insert(id, tell);
        Asked {
            questions: self,
            id,
            coming,
        }
    }

    pub fn answered(&self, from: Uuid, answered: Answered) {
        if let Some(tell) = self.open().get(&answered.id) {
            let _ = tell.send(Came {
                from,
                answer: answered.answer,
                is_last: answered.is_last,
            });
        }
    }

    /// An answer in parts that fit.
    pub fn answers(to: Uuid, id: u64, answer: Answer) -> Vec<Said> {
        let mut parts: Vec<Answer> = match answer {
            Answer::Presence(clients) => in_parts(clients).map(Answer::Presence).collect(),
            Answer::Channels(channels) => in_parts(channels).map(Answer::Channels).collect(),
            answer @ Answer::Beside(_) => vec![answer],
        };
        let last = parts.len().saturating_sub(1);
        let said = parts.drain(..).enumerate().map(|(n, answer)| {
            let is_last = n == last;
            Said::Answered(Answered {
                to,
                id,
                answer,
                is_last,
            })
        });
        said.collect()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, mpsc::UnboundedSender<Came>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked<'_> {
    /// What these servers answer.
    pub async fn of(mut self, nodes: Vec<Uuid>) -> Vec<Answer> {
        let mut waiting: HashSet<Uuid> = nodes.into_iter().collect();
        let mut answers = Vec::new();
        let gathering = async {
            while !waiting.is_empty() {
                let Some(came) = self.coming.recv().await else {
                    return;
                };
                if came.is_last {
                    waiting.remove(&came.from);
                }
                answers.push(came.answer);
            }
        };
        let _ = tokio::time::timeout(PATIENCE, gathering).await;
        answers
    }
}

/// At least one part, so that there is a last one.
fn in_parts<T: Clone>(all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let parts = all.len().div_ceil(PART).max(1);
    (0..parts).map(move |part| all.iter().skip(part * PART).take(PART).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(many: usize) -> Answer {
        Answer::Channels((0..many).map(|n| (format!("c{n}"), 1)).collect())
    }

    fn hear(questions: &Questions, from: Uuid, said: Vec<Said>) {
        for said in said {
            if let Said::Answered(answered) = said {
                questions.answered(from, answered);
            }
        }
    }

    fn count(answers: &[Answer]) -> usize {
        answers
            .iter()
            .map(|answer| match answer {
                Answer::Channels(some) => some.len(),
                Answer::Presence(some) => some.len(),
                Answer::Beside(_) => 1,
            })
            .sum()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_whole_when_every_server_has_said_its_last_part() {
        let questions = Questions::default();
        let (me, one, two) = (Uuid::from_u128(9), Uuid::from_u128(1), Uuid::from_u128(2));
        let asked = questions.ask();
        let id = asked.id;
        hear(&questions, one, Questions::answers(me, id, channels(2500)));
        hear(&questions, two, Questions::answers(me, id, channels(0)));
        let answers = asked.of(vec![one, two]).await;
        assert_eq!((count(&answers), answers.len()), (2500, 4));
        hear(&questions, one, Questions::answers(me, id, channels(1)));
        assert!(questions.open().is_empty(), "nobody waits any more");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_is_not_waited_for() {
        let questions = Questions::default();
        let (me, one, two) = (Uuid::from_u128(9), Uuid::from_u128(1), Uuid::from_u128(2));
        let asked = questions.ask();
        hear(
            &questions,
            one,
            Questions::answers(me, asked.id, channels(3)),
        );
        assert_eq!(count(&asked.of(vec![one, two]).await), 3);
    }
}
