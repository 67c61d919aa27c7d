//! A value that components watch.
//!
//! It is a signal in use, made of a trigger, which knows no types, beside the value. Each type of a
//! generic signal brings all of the machinery along; a dozen of them were a tenth of the download.

use leptos::prelude::*;

/// A value, and a trigger that tells components when it has become another one.
pub struct Watched<T: 'static> {
    value: StoredValue<T>,
    changed: Trigger,
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Watched<T> {}

impl<T: PartialEq + Send + Sync + 'static> Watched<T> {
    pub fn new(value: T) -> Self {
        Self {
            value: StoredValue::new(value),
            changed: Trigger::new(),
        }
    }

    /// Looks at the value, and is called again when it has changed.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.changed.track();
        self.value.with_value(look)
    }

    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.value.with_value(look)
    }

    /// Notes that whoever is running wants to know of changes.
    pub fn track(self) {
        self.changed.track();
    }

    /// Puts in a value, and tells if it is another one.
    pub fn set(self, value: T) {
        let mut has_changed = false;
        self.value.update_value(|known| {
            has_changed = *known != value;
            *known = value;
        });
        if has_changed {
            self.changed.notify();
        }
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Watched<T> {
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// Changes a copy of the value, and puts that in.
    pub fn change<R>(self, change: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.get_untracked();
        let outcome = change(&mut value);
        self.set(value);
        outcome
    }
}

impl<T: Default + PartialEq + Send + Sync + 'static> Default for Watched<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}
