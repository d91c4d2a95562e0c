//! Randomness is handed in. The only generator a device uses is the operating system's.

use ring::rand::SecureRandom as _;

/// A cryptographically secure source of random bytes.
pub trait SecureRandom: Send + Sync {
    /// Fills `bytes`, or fails without a usable result.
    ///
    /// # Errors
    /// The source could not deliver; nothing secret may be made without it.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source failed")]
pub struct RandomError;

/// The operating system's generator.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandom;

#[expect(clippy::disallowed_methods, reason = "here it is handed in")]
impl SecureRandom for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        ring::rand::SystemRandom::new().fill(bytes).map_err(|_| RandomError)
    }
}

/// `N` random bytes.
///
/// # Errors
/// As [`SecureRandom::fill`].
pub fn bytes<const N: usize>(random: &dyn SecureRandom) -> Result<[u8; N], RandomError> {
    let mut out = [0; N];
    random.fill(&mut out)?;
    Ok(out)
}

/// A number drawn uniformly from `0..bound`, by rejection, without bias. `bound` 0 counts as 1.
///
/// # Errors
/// As [`SecureRandom::fill`].
pub fn below(random: &dyn SecureRandom, bound: u64) -> Result<u64, RandomError> {
    loop {
        if let Some(number) = reduce(u64::from_le_bytes(bytes(random)?), bound) {
            return Ok(number);
        }
    }
}

/// A uniform 64-bit number made one under `bound` without bias; `None` for the few that would favour some. `bound` 0
/// counts as 1.
pub(crate) const fn reduce(number: u64, bound: u64) -> Option<u64> {
    let bound = if bound == 0 { 1 } else { bound };
    let rest = (u64::MAX % bound + 1) % bound; // 2^64 mod bound
    if number <= u64::MAX - rest { Some(number % bound) } else { None }
}
