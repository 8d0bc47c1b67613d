//! Reasons to leave a case out.

use super::*;
use crate::kit::{
    Backend, Bytes, Ceilings, DeviceFacts, DeviceKind, DeviceLimits, Features, LeftOut, Method,
    Nanos, Timer,
};
use crate::plan::{ShaderNeeds, classes_of, fit, fit_shader};

fn facts() -> DeviceFacts {
    DeviceFacts {
        adapter: "Apple M2".into(),
        kind: DeviceKind::Discrete,
        backend: Backend::Metal,
        driver: String::new(),
        driver_info: String::new(),
        wgpu: "30".into(),
        cpu: None,
        timer: Timer {
            method: Method::PassTimestamps,
            tick: Nanos(1.0),
            empty_pass: Nanos(0.0),
        },
        limits: DeviceLimits::webgpu_default(),
        features: Features::default(),
    }
}

/// 1 GB/s and 1 GFLOP/s: a byte or an operation takes a nanosecond.
fn ceilings() -> Ceilings {
    Ceilings {
        copy: 1e9,
        read: 1e9,
        fma_f32: 1e9,
        fma_f16: None,
        cooperative_matrix: None,
        launch: Nanos(1_000.0),
        cache: Some(1 << 30),
    }
}

fn entry(n: u64, rest: &str) -> String {
    format!(
        "{SCALE}  - {{kernel: scale, shape: {{n: {n}, k: 1}}, variants: {{workgroup: [64]}}{rest}}}\n"
    )
}

/// Why the only case of a suite is left out.
fn reason(text: &str, facts: &DeviceFacts, ceilings: Option<&Ceilings>) -> Option<LeftOut> {
    let plan = fit(plan(text), facts, ceilings);
    assert_eq!(plan.cases.len() + plan.left_out.len(), 1);
    plan.left_out.into_iter().next().map(|(_, reason)| reason)
}

#[test]
fn the_closest_class_is_first() {
    let plan = scale("  - {kernel: scale, shape: {n: 1, k: 1}}\n");
    let names = |facts: &DeviceFacts| -> Vec<String> {
        let classes = classes_of(&plan.classes, facts);
        classes.iter().map(|c| c.name.value.clone()).collect()
    };
    assert_eq!(names(&facts()), ["apple-m", "any-gpu"]);
    let other = DeviceFacts {
        adapter: "llvmpipe".into(),
        ..facts()
    };
    assert_eq!(names(&other), ["any-gpu"]);
}

#[test]
fn what_fits_stays() {
    assert_eq!(reason(&entry(100, ""), &facts(), None), None);
}

#[test]
fn a_condition_on_the_device_is_decided_here() {
    let text = entry(64, "").replace(
        "    inputs:",
        "    where: [\"n % workgroup == 0 and device.subgroup_min >= 8\"]\n    inputs:",
    );
    assert_eq!(
        reason(&text, &facts(), None),
        Some(LeftOut::Where {
            condition: "n % workgroup == 0 and device.subgroup_min >= 8".into(),
            values: "device.subgroup_min is 0, n is 64, workgroup is 64".into(),
        })
    );
    let mut wide = facts();
    wide.features.subgroup_min = 8;
    assert_eq!(reason(&text, &wide, None), None);
}

#[test]
fn a_condition_without_a_value_on_this_device_does_not_hold() {
    let text = entry(64, "").replace(
        "    inputs:",
        "    where: [\"64 % device.subgroup_min == 0\"]\n    inputs:",
    );
    let reason = reason(&text, &facts(), None).expect("left out");
    assert_eq!(
        reason,
        LeftOut::Where {
            condition: "64 % device.subgroup_min == 0".into(),
            values: "`64 % device.subgroup_min` divides by zero".into(),
        }
    );
}

#[test]
fn f16_needs_the_feature() {
    let text = entry(64, "").replace("x: {type: f32", "x: {type: f16");
    assert!(matches!(
        reason(&text, &facts(), None),
        Some(LeftOut::Feature(_))
    ));
    let mut half = facts();
    half.features.f16 = true;
    assert_eq!(reason(&text, &half, None), None);
}

#[test]
fn a_binding_over_the_limit_is_left_out_and_one_at_it_is_not() {
    // 134,217,728 bytes are the default limit; `x` is read, `y` is written
    // and keeps 256 bytes for its guard.
    let at = (134_217_728 - 256) / 4;
    let small = |n| entry(n, "").replace("ceil_div(n * k, workgroup)", "1");
    assert_eq!(reason(&small(at), &facts(), None), None);
    assert_eq!(
        reason(&small(at + 1), &facts(), None),
        Some(LeftOut::Limit {
            what: "`y` in bytes".into(),
            needed: 134_217_732,
            limit: 134_217_728
        })
    );
}

#[test]
fn a_dispatch_over_the_limit_is_left_out() {
    // 65,536 workgroups of 64.
    assert_eq!(
        reason(&entry(65_536 * 64, ""), &facts(), None),
        Some(LeftOut::Limit {
            what: "the dispatch in x".into(),
            needed: 65_536,
            limit: 65_535
        })
    );
    assert_eq!(reason(&entry(65_535 * 64, ""), &facts(), None), None);
}

#[test]
fn bindings_groups_and_uniforms_over_the_limits_are_left_out() {
    let what = |change: fn(&mut DeviceLimits)| {
        let mut facts = facts();
        change(&mut facts.limits);
        let text = entry(64, "").replace(
            "y: {type: f32, shape: [n, k]}",
            "y: {type: f32, shape: [n, k], group: 2, binding: 0}",
        );
        match reason(&text, &facts, None) {
            Some(LeftOut::Limit {
                what,
                needed,
                limit,
            }) => Some((what, needed, limit)),
            _ => None,
        }
    };
    assert_eq!(what(|_| {}), None);
    assert_eq!(
        what(|limits| limits.max_bind_groups = 2),
        Some(("the number of bind groups".into(), 3, 2))
    );
    // Two u32 take 8 bytes, and the struct 16.
    assert_eq!(
        what(|limits| limits.max_uniform_binding = 12),
        Some(("the uniform struct in bytes".into(), 16, 12))
    );
}

#[test]
fn memory_is_taken_up_to_a_cap_by_kind_of_device() {
    let mut cpu = facts();
    cpu.kind = DeviceKind::Cpu;
    cpu.limits.max_storage_binding = u64::MAX;
    cpu.limits.max_buffer = u64::MAX;
    let text = entry(300_000_000, "").replace("ceil_div(n * k, workgroup)", "1");
    // Twice 1.2 GB, and a guard.
    assert_eq!(
        reason(&text, &cpu, None),
        Some(LeftOut::Memory {
            needed: Bytes(2_400_000_256),
            limit: Bytes(2 << 30)
        })
    );
    let discrete = DeviceFacts {
        kind: DeviceKind::Discrete,
        ..cpu.clone()
    };
    assert_eq!(reason(&text, &discrete, None), None);
    // Cold: three times a cache of 1 GiB beside the buffers.
    let cold = entry(64, ", cache: cold");
    assert_eq!(
        reason(&cold, &cpu, Some(&ceilings())),
        Some(LeftOut::Memory {
            needed: Bytes(3 * (1 << 30) + 64 * 4 * 2 + 256),
            limit: Bytes(2 << 30)
        })
    );
}

#[test]
fn far_too_slow_is_left_out_unless_forced() {
    // 8 bytes an element at 1 GB/s: 1,250,000 of them take 10 ms, ten times
    // the limit.
    let limits = ", limits: {time: 1ms}";
    let slow = entry(1_250_001, limits);
    assert_eq!(
        reason(&slow, &facts(), Some(&ceilings())),
        Some(LeftOut::TooSlow {
            predicted: Nanos(10_000_008.0),
            time: Nanos(1e6)
        })
    );
    assert_eq!(reason(&slow, &facts(), None), None);
    let forced = entry(1_250_001, ", limits: {time: 1ms}, force: true");
    assert_eq!(reason(&forced, &facts(), Some(&ceilings())), None);
    let nearly = entry(1_249_999, limits);
    assert_eq!(reason(&nearly, &facts(), Some(&ceilings())), None);
}

#[test]
fn a_shaders_needs_are_held_against_the_device() {
    let plan = plan(&entry(64, ""));
    let case = &plan.cases[0];
    let fits = ShaderNeeds {
        workgroup_size: [64, 4, 1],
        workgroup_memory: 16_384,
        ..ShaderNeeds::default()
    };
    let told =
        |needs: ShaderNeeds| fit_shader(case, 0, &needs, &facts()).map(|reason| reason.to_string());
    assert_eq!(told(fits), None);
    let over = |size, memory| {
        told(ShaderNeeds {
            workgroup_size: size,
            workgroup_memory: memory,
            ..fits
        })
    };
    assert_eq!(
        over([64, 8, 1], 0).as_deref(),
        Some("the workgroup's number of invocations is 512, and the device's limit is 256")
    );
    assert_eq!(
        over([1, 1, 65], 0).as_deref(),
        Some("the workgroup's z is 65, and the device's limit is 64")
    );
    assert_eq!(
        over([u32::MAX; 3], 0).as_deref(),
        Some("the workgroup's x is 4294967295, and the device's limit is 256")
    );
    assert_eq!(
        over([1, 1, 1], 16_385).as_deref(),
        Some("the workgroup's memory in bytes is 16385, and the device's limit is 16384")
    );
    assert_eq!(
        told(ShaderNeeds {
            bind_groups: 5,
            ..fits
        })
        .as_deref(),
        Some("the number of bind groups is 5, and the device's limit is 4")
    );
    // A binding's number counts from 0.
    let bound = |bindings| told(ShaderNeeds { bindings, ..fits });
    assert_eq!(bound(1_000), None);
    assert_eq!(
        bound(1_001).as_deref(),
        Some("the highest binding number is 1000, and the device's limit is 999")
    );
    let buffers = |storage_buffers, uniform_buffers, facts: &DeviceFacts| {
        let needs = ShaderNeeds {
            storage_buffers,
            uniform_buffers,
            ..fits
        };
        fit_shader(case, 0, &needs, facts).map(|reason| reason.to_string())
    };
    assert_eq!(buffers(8, 12, &facts()), None);
    assert_eq!(
        buffers(9, 0, &facts()).as_deref(),
        Some("the number of storage buffers is 9, and the device's limit is 8")
    );
    assert_eq!(
        buffers(0, 13, &facts()).as_deref(),
        Some("the number of uniform buffers is 13, and the device's limit is 12")
    );
    let mut together = facts();
    together.limits.max_stage_buffers = 19;
    assert_eq!(
        buffers(8, 12, &together).as_deref(),
        Some("the number of storage and uniform buffers is 20, and the device's limit is 19")
    );
    assert_eq!(
        told(ShaderNeeds {
            uniform_bytes: 65_540,
            reference: true,
            ..fits
        })
        .as_deref(),
        Some(
            "the largest uniform buffer in bytes of the reference of `scale` is 65540, and the device's limit is 65536"
        )
    );
    for (needs, name) in [
        (
            ShaderNeeds { f16: true, ..fits },
            "16-bit floats in shaders (`shader-f16`)",
        ),
        (
            ShaderNeeds {
                subgroups: true,
                ..fits
            },
            "subgroup operations",
        ),
        (
            ShaderNeeds {
                cooperative_matrix: true,
                ..fits
            },
            "cooperative matrices",
        ),
    ] {
        assert_eq!(told(needs), Some(format!("the device has no {name}")));
    }
}
