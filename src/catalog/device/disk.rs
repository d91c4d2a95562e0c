//! Steps of an install on the disk. All go through one function, so that tests can let each of them fail, or be the last one
//! that a killed process did.

use std::fs;
use std::io;
use std::path::Path;

use crate::base::files;
use crate::catalog::CatalogError;

/// One operation on files; `what` it was is in the error.
pub(crate) fn step<T>(
    what: &'static str,
    operation: impl FnOnce() -> io::Result<T>,
) -> Result<T, CatalogError> {
    #[cfg(test)]
    faults::before(what)?;
    operation().map_err(|error| CatalogError::io(what, &error))
}

/// Makes names that were given or taken in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), CatalogError> {
    step("sync the catalog's folder", || files::sync_folder(folder))
}

/// Makes `folder` and those above it, durably.
pub(crate) fn make_folder(folder: &Path) -> Result<(), CatalogError> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    above.map_or(Ok(()), make_folder)?;
    step("make the catalog's folder", || files::own_folder(folder))?;
    sync_folder(above.unwrap_or(Path::new("."))).inspect_err(|_| {
        let _ = fs::remove_dir(folder); // So that the next attempt does not take it for durable.
    })
}

#[cfg(test)]
pub(crate) mod faults {
    //! Lets one step of this thread go wrong.

    use std::cell::Cell;
    use std::io;

    use crate::catalog::CatalogError;

    /// What goes wrong instead of the step whose turn it is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in crate::catalog) enum Fault {
        /// The step does nothing and fails.
        Fail,
        /// The process ends there and then.
        Kill,
    }

    thread_local! {
        static FAULT: Cell<Option<(usize, Fault)>> = const { Cell::new(None) };
    }

    /// Lets the step after the next `steps` go wrong; `None` ends it. The answer is what was set and has not come about.
    pub(in crate::catalog) fn set(fault: Option<(usize, Fault)>) -> Option<(usize, Fault)> {
        FAULT.replace(fault)
    }

    pub(crate) fn before(what: &'static str) -> Result<(), CatalogError> {
        match FAULT.take() {
            Some((0, Fault::Kill)) => std::process::abort(),
            Some((0, Fault::Fail)) => Err(CatalogError::io(what, &io::ErrorKind::StorageFull.into())),
            Some((steps, fault)) => {
                FAULT.set(Some((steps - 1, fault)));
                Ok(())
            }
            None => Ok(()),
        }
    }
}
