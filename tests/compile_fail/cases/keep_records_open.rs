//! Records are closed with the transaction, not carried past a change of mind.
use sottovoce::consent::{ConsentError, Gate, History, Permit, Records};

fn carry<'a>(gate: &'a Gate, permit: &'a Permit<History>) -> Result<Option<Records<'a>>, ConsentError> {
    let mut carried = None;
    gate.read(|r| {
        carried = Some(r.at(permit)?); //~ E0521
        Ok::<_, ConsentError>(())
    })?;
    Ok(carried)
}

fn main() {}
