//! The spec's uniform values as the bytes that WGSL reads.

use half::f16;

use crate::kit::{Element, Scalar};
use crate::plan::UniformPlan;

use super::hint::did_you_mean;
use super::reflect::{Global, Member};

/// Packs uniforms at the offsets that WGSL gives their members; the rest is
/// zeros. A vector gets its value in every lane.
///
/// # Errors
///
/// Members that do not match, with both lists, or a value that its type
/// cannot hold.
pub(super) fn pack(global: &Global, uniforms: &[UniformPlan]) -> Result<Vec<u8>, String> {
    let reflected = &global.reflected;
    let lone;
    let members: &[Member] = match (reflected.members.as_slice(), reflected.element, uniforms) {
        ([], Some(element), [only]) if !global.array => {
            // `var<uniform> n: u32`: one value, whatever its name.
            lone = [Member {
                name: only.name.clone(),
                element: Some(element),
                offset: 0,
            }];
            &lone
        }
        ([], _, _) => {
            return Err(format!(
                "`uniforms` fill a struct of scalars and vectors, and the WGSL binds `{}: {}`; make it a struct, or give it as a buffer of that name",
                reflected.name, global.type_name
            ));
        }
        (members, _, _) => members,
    };
    let both = || {
        let ours: Vec<String> = uniforms
            .iter()
            .map(|uniform| format!("{}: {}", uniform.name, uniform.element))
            .collect();
        let theirs: Vec<String> = members
            .iter()
            .map(|member| match member.element {
                Some(element) => format!("{}: {element}", member.name),
                None => format!("{}: not a scalar or vector", member.name),
            })
            .collect();
        format!(
            "the spec gives {{{}}}, and the WGSL's `{}` is {{{}}}",
            ours.join(", "),
            global.type_name,
            theirs.join(", ")
        )
    };

    let size = usize::try_from(reflected.min_size)
        .ok()
        .filter(|size| *size <= MAX_UNIFORM_BYTES)
        .ok_or_else(|| {
            format!(
                "`{}` takes {} bytes, and {MAX_UNIFORM_BYTES} is the most for uniforms; give it as a storage buffer",
                reflected.name, reflected.min_size
            )
        })?;
    let mut bytes = vec![0; size];
    for member in members {
        let Some(uniform) = uniforms.iter().find(|uniform| uniform.name == member.name) else {
            let names = uniforms.iter().map(|uniform| uniform.name.as_str());
            return Err(format!(
                "the uniform `{}` has no value{}: {}",
                member.name,
                did_you_mean(&member.name, names),
                both()
            ));
        };
        if member.element != Some(uniform.element) {
            return Err(format!(
                "the uniform `{}` has another type: {}",
                member.name,
                both()
            ));
        }
        let encoded = encode(uniform)?;
        let begin = member.offset as usize;
        bytes
            .get_mut(begin..begin + encoded.len())
            .ok_or_else(|| format!("the uniform `{}` lies outside its struct", member.name))?
            .copy_from_slice(&encoded);
    }
    let stranger = uniforms
        .iter()
        .find(|uniform| members.iter().all(|member| member.name != uniform.name));
    if let Some(uniform) = stranger {
        let names = members.iter().map(|member| member.name.as_str());
        return Err(format!(
            "the WGSL has no uniform `{}`{}: {}",
            uniform.name,
            did_you_mean(&uniform.name, names),
            both()
        ));
    }
    Ok(bytes)
}

/// The largest uniform binding that WebGPU promises, in bytes (WebGPU,
/// section 3.6.2, limits).
const MAX_UNIFORM_BYTES: usize = 65_536;

/// A value in its type, little-endian, once for each lane.
fn encode(uniform: &UniformPlan) -> Result<Vec<u8>, String> {
    let UniformPlan {
        name,
        element: Element { scalar, lanes, .. },
        value,
    } = uniform;
    let misfit = || {
        Err(format!(
            "the uniform `{name}` is {value}, which `{}` cannot hold; choose another type or value",
            scalar.name()
        ))
    };
    let whole = value.fract() == 0.0;
    let one: Vec<u8> = match scalar {
        Scalar::U32 if whole && (0.0..=f64::from(u32::MAX)).contains(value) => {
            (*value as u32).to_le_bytes().into()
        }
        Scalar::I32 if whole && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(value) => {
            (*value as i32).to_le_bytes().into()
        }
        Scalar::F32 if (*value as f32).is_finite() => (*value as f32).to_le_bytes().into(),
        Scalar::F16 if f16::from_f64(*value).is_finite() => {
            f16::from_f64(*value).to_le_bytes().into()
        }
        Scalar::U32 | Scalar::I32 | Scalar::F32 | Scalar::F16 => return misfit(),
    };
    Ok(one.repeat(usize::from(*lanes)))
}
