//! Counts the steps of the parser, for the tests that bound them: a clock would say what the machine
//! does, a count says what the parser does. Outside of tests it is nothing.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Something was looked at, of so many bytes.
#[cfg(test)]
pub fn step(bytes: usize) {
    STEPS.set(STEPS.get() + bytes);
}

#[cfg(not(test))]
#[inline]
pub fn step(_bytes: usize) {}

/// How many steps a call takes.
#[cfg(test)]
pub fn count(call: impl FnOnce()) -> usize {
    STEPS.set(0);
    call();
    STEPS.get()
}
