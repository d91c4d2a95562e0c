//! The merchant's own vectors, such as of pictures: which products are like one that an app's recogniser made.

use crate::catalog::Catalog;
use crate::catalog::format::Column;

/// Steps of the largest number of a vector.
const STEPS: f32 = 127.0;

/// A vector in steps of its largest number: only its direction counts. Nothing for what has none, or is not finite.
pub(crate) fn steps(vector: &[f32]) -> Option<Vec<i8>> {
    let most = vector.iter().fold(0.0, |most: f32, number| most.max(number.abs()));
    let sound = most > 0.0 && most.is_finite() && vector.iter().all(|number| number.is_finite());
    sound.then(|| vector.iter().map(|number| (number / most * STEPS).round() as i8).collect())
}

impl Catalog {
    /// How many numbers a vector has; 0 if the bundle has none.
    #[must_use]
    pub fn vector_width(&self) -> usize {
        self.vectors().len().checked_div(self.len()).unwrap_or_default()
    }

    fn vectors(&self) -> &[i8] {
        self.cells(Column::Vectors)
    }

    /// The products most like a vector, each by the variant that is most like it, with the cosine of the angle between them: the
    /// nearest first, and only those that lie on its side. Where the file system has no clones, the first call reads all vectors.
    #[must_use]
    pub(crate) fn alike(&self, vector: &[i8], most: usize, allowed: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
        if vector.is_empty() || vector.len() != self.vector_width() {
            return Vec::new();
        }
        let dot =
            |a: &[i8], b: &[i8]| -> i32 { a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum() };
        let length = |vector: &[i8]| (dot(vector, vector) as f32).sqrt();
        let own = length(vector);
        let mut best = vec![(0u32, 0f32); self.len()];
        for (ix, other) in (0u32..).zip(self.vectors().chunks(vector.len())) {
            let along = dot(vector, other);
            if along > 0 && allowed(ix) {
                let likeness = along as f32 / (own * length(other));
                if let Some(kept) =
                    best.get_mut(self.product_of(ix) as usize).filter(|kept| kept.1 < likeness)
                {
                    *kept = (ix, likeness);
                }
            }
        }
        best.retain(|(_, likeness)| *likeness > 0.0);
        let nearest = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if most < best.len() {
            best.select_nth_unstable_by(most, nearest);
            best.truncate(most);
        }
        best.sort_unstable_by(nearest);
        best
    }
}
