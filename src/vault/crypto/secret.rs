//! Secrets that leave nothing behind in memory: boxed keys that are overwritten, and a scrubbed stack.

use std::mem::MaybeUninit;
use std::ops::Deref;

use ring::{hkdf, hmac};
use zeroize::{Zeroize as _, Zeroizing};

use crate::vault::error::VaultError;

/// Thirty-two secret bytes on the heap, wiped when dropped; moving them leaves no copy on the stack.
pub(crate) type Raw = Box<Zeroizing<[u8; 32]>>;

/// A value on the heap whose bytes are overwritten when it is dropped. Meant for ring's key types, which hold
/// their round keys inline, own no heap and have no destructor of their own.
pub(crate) struct Wiped<T>(Box<MaybeUninit<T>>);

impl<T> Wiped<T> {
    /// Moves `value` to the heap. The caller scrubs the stack afterwards, see [`scrub_stack`].
    #[inline(never)]
    pub(crate) fn new(value: T) -> Self {
        const { assert!(!std::mem::needs_drop::<T>(), "a type with a destructor must not be overwritten") };
        let mut slot = Box::new(MaybeUninit::uninit());
        slot.write(value);
        Self(slot)
    }
}

impl<T> Deref for Wiped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `new` is the only constructor and writes the value before the box is reachable.
        unsafe { self.0.assume_init_ref() }
    }
}

impl<T> Drop for Wiped<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer covers exactly the box's own `T`, which needs no drop (checked in `new`) and is
        // never looked at again.
        unsafe { zeroize::zeroize_flat_type(self.0.as_mut_ptr()) }
    }
}

/// Overwrites the stack below the caller, where building keys moved them about. Call it from the function that
/// called the (never inlined) builder.
#[inline(never)]
pub(crate) fn scrub_stack() {
    // A debug build needs 64 KiB, a release build 16.
    let mut below = [0_u64; 8 * 1024];
    below.zeroize();
    std::hint::black_box(&below);
}

struct Len(usize);

impl hkdf::KeyType for Len {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA-256 (RFC 5869) of `secret` with `salt`, for one purpose named by `info`.
#[inline(never)]
pub(crate) fn derive(secret: &[u8; 32], salt: &[u8], info: &[u8]) -> Result<Raw, VaultError> {
    let mut out = Raw::default();
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], Len(32))
        .and_then(|okm| okm.fill(out.as_mut_slice()))
        .map_err(|_| VaultError::Damaged { what: "key derivation" })?;
    Ok(out)
}

/// A wiped HMAC-SHA-256 key.
#[inline(never)]
pub(crate) fn hmac_key(raw: &[u8; 32]) -> Wiped<hmac::Key> {
    Wiped::new(hmac::Key::new(hmac::HMAC_SHA256, raw))
}

/// The first 16 bytes of an HMAC-SHA-256 over the parts, which the caller keeps unambiguous.
pub(crate) fn mac16(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 16] {
    let mut context = hmac::Context::with_key(key);
    parts.iter().for_each(|part| context.update(part));
    let tag = context.sign();
    let mut out = [0; 16];
    out.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    out
}
