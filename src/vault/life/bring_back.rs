//! The return of a vault that was set aside, at an opening that finds its key.

use crate::base::log::Survived as _;
use crate::vault::db::meta::{Meta, Owed};
use crate::vault::error::VaultError;
use crate::vault::keys::anchor::Anchor;
use crate::vault::keys::item::{Install, Item, ItemName, Root};
use crate::vault::keys::items::{Items, Named, strictest_since};
use crate::vault::life::aside::{Aside, remove_keys};
use crate::vault::life::look::{Fitting, Found};
use crate::vault::life::open::Door;
use crate::vault::types::Opening;

const LOOK: &str = "look for the keys of vaults that were set aside";

/// A vault whose key is in the key store.
struct Keyed {
    meta: Meta,
    root: Root,
    /// The strictest of what its items say.
    anchor: Anchor,
    /// What an opening believes: the item that the files name, if it is there.
    stands: Anchor,
    /// Whether that item is there. Without it these are an older copy.
    named: bool,
}

impl Door<'_> {
    /// Of the vault in use and those aside whose key is there, the oldest becomes the one in use. It takes over what the
    /// others deny and have spent. Where anything fails, the next opening tries again.
    pub(super) fn bring_back(&self, found: Found, opening: &mut Opening) -> Result<Found, VaultError> {
        let asides = self.files.asides()?;
        if asides.is_empty() {
            return Ok(found);
        }
        let own = match &found {
            // They are only still to be removed.
            Found::Open(opened) if opened.meta.owed.has(Owed::ASIDES) => return Ok(found),
            Found::Open(opened) => match self.keyed(&opened.meta).survived(LOOK).flatten() {
                Some(own) => Some(own),
                // A key store that has its key and has not, in one breath.
                None => return Ok(found),
            },
            _ => None,
        };
        let install = match &own {
            Some(own) => Some(own.meta.install),
            // What it says is carried over.
            None if matches!(found, Found::Keyless(Some(_)) | Found::Damaged) => {
                self.files.in_use().install()
            }
            None => None,
        };
        let keyed = self.keyed_asides(asides, install);
        let Some((oldest, _)) = keyed.first() else { return Ok(found) };
        let mut unheard = self.files.unheard()?;
        unheard.retain(|said| Some(*said) != install && keyed.iter().all(|(_, k)| k.meta.install != *said));
        if !unheard.is_empty() {
            return Ok(found);
        }
        let is_older = self.files.place()?.is_some_and(|place| place < oldest.number);
        match own {
            Some(own) if is_older => self.take_over(found, &own, keyed, opening),
            own => self.exchange(found, own, keyed, opening),
        }
    }

    /// Those aside whose key is there, the oldest first. Of one installation the newest copy counts, and none of that of
    /// the vault in use.
    fn keyed_asides(&self, asides: Vec<Aside>, own: Option<Install>) -> Vec<(Aside, Keyed)> {
        let mut keyed: Vec<(Aside, Keyed)> = Vec::new();
        for aside in asides {
            let Some(meta) = aside.meta().filter(|meta| Some(meta.install) != own) else { continue };
            let Some(found) = self.keyed(&meta).survived(LOOK).flatten() else { continue };
            let generation = |keyed: &Keyed| keyed.meta.item_name(&self.files.name).generation();
            match keyed.iter_mut().find(|(_, other)| other.meta.install == found.meta.install) {
                Some(other) if generation(&other.1) < generation(&found) => *other = (aside, found),
                Some(_) => {}
                None => keyed.push((aside, found)),
            }
        }
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        keyed
    }

    /// The vault in use stays, and takes over what the others say against anything.
    fn take_over(
        &self,
        found: Found,
        own: &Keyed,
        others: Vec<(Aside, Keyed)>,
        opening: &mut Opening,
    ) -> Result<Found, VaultError> {
        let anchors = others.iter().map(|(_, keyed)| keyed.anchor);
        if self.anchor_as_well(own, anchors).survived("hold what another vault denied").is_none() {
            return Ok(found);
        }
        drop(found);
        self.files.all_is_heard()?;
        for (aside, keyed) in others {
            self.forget(Some(&aside), keyed.meta.install);
        }
        self.look_again(opening)
    }

    /// The first of those aside takes the place of what was found.
    fn exchange(
        &self,
        found: Found,
        own: Option<Keyed>,
        mut keyed: Vec<(Aside, Keyed)>,
        opening: &mut Opening,
    ) -> Result<Found, VaultError> {
        let (first, oldest) = keyed.remove(0);
        let carried = match &found {
            Found::Keyless(carried) => *carried,
            Found::Damaged => Some(self.anchor_of_wreck()?),
            Found::Open(_) | Found::Nothing => None,
        };
        let others = keyed.iter().map(|(_, keyed)| keyed).chain(&own).map(|keyed| keyed.anchor);
        let ready = self.anchor_as_well(&oldest, others.chain(carried)).and_then(|()| first.settle());
        if ready.survived("bring back a vault that was put aside").is_none() {
            return Ok(found);
        }
        let is_kept = matches!(found, Found::Keyless(_) | Found::Damaged);
        drop(found);
        // Its item says what all of them deny. A mark that outlived a cut-off return would keep it out for good the next time.
        self.files.all_is_heard()?;
        *opening = Opening { came_back: true, rolled_back: !oldest.named, ..Opening::default() };
        if is_kept {
            opening.moved_aside = Some(self.files.put_aside(false)?.display().to_string());
        }
        self.files.put_back(&first)?;
        for (aside, keyed) in keyed {
            self.forget(Some(&aside), keyed.meta.install);
        }
        if let Some(own) = own {
            self.forget(None, own.meta.install);
        }
        self.files.keep_to_most()?;
        self.look_again(opening)
    }

    /// The item with what others denied is not the one that the files name. They are no older copy for that.
    fn look_again(&self, opening: &mut Opening) -> Result<Found, VaultError> {
        let rolled_back = opening.rolled_back;
        let found = self.look(opening);
        opening.rolled_back = rolled_back;
        found
    }

    /// The key of a vault, if it is there.
    fn keyed(&self, meta: &Meta) -> Result<Option<Keyed>, VaultError> {
        let Fitting { root, anchor, named } = match self.fitting_root(meta) {
            Ok(Ok(fitting)) => fitting,
            Ok(Err(_)) | Err(VaultError::WrongKey) => return Ok(None),
            Err(other) => return Err(other),
        };
        // Those before the one that the files name are known to them.
        let since = meta.item_name(&self.files.name).generation();
        let items = Items { store: self.keys, install: meta.install }.all()?;
        let strictest = strictest_since(&items, since, anchor);
        let stands = if named { anchor } else { strictest };
        Ok(Some(Keyed { meta: meta.clone(), root, anchor: strictest, stands, named }))
    }

    /// Stores what others say against anything beside this vault's key, in an item that takes the place of its own.
    fn anchor_as_well(&self, vault: &Keyed, others: impl Iterator<Item = Anchor>) -> Result<(), VaultError> {
        let anchor = others.fold(vault.anchor, Anchor::strictest);
        if anchor == vault.stands {
            return Ok(());
        }
        let items = Items { store: self.keys, install: vault.meta.install };
        let mut before = items.names()?;
        before.push(vault.meta.item_name(&self.files.name));
        let latest = before.iter().map(ItemName::generation).max().unwrap_or(0);
        let name = ItemName::next(vault.meta.install, latest, self.random)?;
        let item = Item { generation: name.generation(), root: vault.root.clone(), anchor };
        items.put(&Named { name, item })?;
        Ok(before.iter().try_for_each(|name| items.delete(name))?)
    }

    /// Removes a vault for good, its keys first. What fails leaves keys without files, or the reverse.
    fn forget(&self, aside: Option<&Aside>, install: Install) {
        remove_keys(self.keys, install).survived("remove the keys of a vault that another took the place of");
        if let Some(aside) = aside {
            self.files.remove_aside(aside).survived("remove a vault that another took the place of");
        }
    }
}
