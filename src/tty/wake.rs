//! The pipe that alarm the run loop: workers write one byte, the loop polls the other end.

use std::{
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    sync::Arc,
};

/// The end that is polled.
#[derive(Debug)]
pub struct Alarm(UnixStream);

/// The end that alarm; cheap to clone, safe to use from any thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<UnixStream>);

impl Alarm {
    /// A new pair of ends. Neither blocks, and neither is inherited by an editor.
    ///
    /// # Errors
    /// When the process has no file descriptor left.
    pub fn pair() -> io::Result<(Self, Waker)> {
        let (polled, written) = UnixStream::pair()?;
        polled.set_nonblocking(true)?;
        written.set_nonblocking(true)?;
        Ok((Self(polled), Waker(Arc::new(written))))
    }

    /// Forgets all wake-ups so far; what they announced is to be looked at after this.
    pub(super) fn drain(&self) {
        let mut bin = [0; 256];
        while matches!((&self.0).read(&mut bin), Ok(read) if read > 0) {}
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Waker {
    /// Alarm the loop. A full pipe means that it is about to wake anyway.
    pub fn wake(&self) {
        let _ = (&*self.0).write(&[1]);
    }

    /// Another handle on the same end, for a signal handler.
    pub(super) fn stream(&self) -> io::Result<UnixStream> {
        self.0.try_clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_wakes_neither_block_nor_linger() {
        let (alarm, waker) = Alarm::pair().unwrap();
        for _ in 0..100_000 {
            waker.wake();
        }
        alarm.drain();
        assert_eq!((&alarm.0).read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
