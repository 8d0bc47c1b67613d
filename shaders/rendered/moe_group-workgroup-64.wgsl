// Rendered from templates/moe_group.wgsl.j2 for moe-experts/moe_experts[experts=4,hidden=512,intermediate=1408,k=2,tokens=1]@cache=cold,rows=8,storage=f16,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    choices: u32,
    experts: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> ends: array<u32>;

// Counts of earlier and own choices, then own ones up to an invocation.
var<workgroup> counts: array<vec2<u32>, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let expert = group.x;
    var count = vec2<u32>();
    for (var choice = index; choice < dims.choices; choice += 64u) {
        let found = min(indices[choice], dims.experts);
        count += vec2<u32>(u32(found < expert), u32(found == expert));
    }
    counts[index] = count;
    workgroupBarrier();
    if index < 32u {
        counts[index] += counts[index + 32u];
    }
    workgroupBarrier();
    if index < 16u {
        counts[index] += counts[index + 16u];
    }
    workgroupBarrier();
    if index < 8u {
        counts[index] += counts[index + 8u];
    }
    workgroupBarrier();
    if index < 4u {
        counts[index] += counts[index + 4u];
    }
    workgroupBarrier();
    if index < 2u {
        counts[index] += counts[index + 2u];
    }
    workgroupBarrier();
    if index < 1u {
        counts[index] += counts[index + 1u];
    }
    workgroupBarrier();
    var next = counts[0].x;
    if index == 0u && expert < dims.experts {
        ends[expert] = counts[0].x + counts[0].y;
    }
    workgroupBarrier();

    for (var base = 0u; base < dims.choices; base += 64u) {
        let choice = base + index;
        var own = 0u;
        if choice < dims.choices {
            own = u32(min(indices[choice], dims.experts) == expert);
        }
        // How many of its own stand up to and with each invocation.
        counts[index].x = own;
        workgroupBarrier();
        {
            var before = 0u;
            if index >= 1u {
                before = counts[index - 1u].x;
            }
            workgroupBarrier();
            counts[index].x += before;
            workgroupBarrier();
        }
        {
            var before = 0u;
            if index >= 2u {
                before = counts[index - 2u].x;
            }
            workgroupBarrier();
            counts[index].x += before;
            workgroupBarrier();
        }
        {
            var before = 0u;
            if index >= 4u {
                before = counts[index - 4u].x;
            }
            workgroupBarrier();
            counts[index].x += before;
            workgroupBarrier();
        }
        {
            var before = 0u;
            if index >= 8u {
                before = counts[index - 8u].x;
            }
            workgroupBarrier();
            counts[index].x += before;
            workgroupBarrier();
        }
        {
            var before = 0u;
            if index >= 16u {
                before = counts[index - 16u].x;
            }
            workgroupBarrier();
            counts[index].x += before;
            workgroupBarrier();
        }
        {
            var before = 0u;
            if index >= 32u {
                before = counts[index - 32u].x;
            }
            workgroupBarrier();
            counts[index].x += before;
            workgroupBarrier();
        }
        if own == 1u {
            order[next + counts[index].x - 1u] = choice;
        }
        next += counts[63u].x;
        workgroupBarrier();
    }
}
