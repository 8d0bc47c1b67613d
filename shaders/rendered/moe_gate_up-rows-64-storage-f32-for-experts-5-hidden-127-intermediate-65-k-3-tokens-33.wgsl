// Rendered from templates/moe_gate_up.wgsl.j2 for moe-experts/moe_experts[experts=5,hidden=127,intermediate=65,k=3,tokens=33]@cache=cold,rows=64,storage=f32,workgroup=64; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    hidden: u32,
    intermediate: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> ends: array<u32>;
@group(0) @binding(4) var<storage, read> gate: array<f32>;
@group(0) @binding(5) var<storage, read> up: array<f32>;
@group(0) @binding(6) var<storage, read_write> h: array<f32>;

// A column more than deep, so that rows do not meet in one bank.
var<workgroup> staged: array<f32, 1088>;
var<workgroup> staged_gate: array<vec4<f32>, 256>;
var<workgroup> staged_up: array<vec4<f32>, 256>;

// Four columns of a row of an expert's matrix; zeros beyond it.
fn gate_of(row: u32, four: u32, expert: u32, depth: u32) -> vec4<f32> {
    let width = dims.intermediate;
    var values = vec4<f32>();
    if row < depth {
        for (var i = 0u; i < 4u; i++) {
            if 4u * four + i < width {
                values[i] = f32(gate[(expert * depth + row) * width + 4u * four + i]);
            }
        }
    }
    return values;
}

// Four columns of a row of an expert's matrix; zeros beyond it.
fn up_of(row: u32, four: u32, expert: u32, depth: u32) -> vec4<f32> {
    let width = dims.intermediate;
    var values = vec4<f32>();
    if row < depth {
        for (var i = 0u; i < 4u; i++) {
            if 4u * four + i < width {
                values[i] = f32(up[(expert * depth + row) * width + 4u * four + i]);
            }
        }
    }
    return values;
}

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let depth = dims.hidden;
    let width = dims.intermediate;
    let choices = dims.tokens * dims.k;

    var expert = 0u;
    var start = 0u;
    var end = 0u;
    var tile = group.y;
    for (; expert <= dims.experts; expert++) {
        end = choices;
        if expert < dims.experts {
            end = ends[expert];
        }
        let tiles = (end - start + 63u) / 64u;
        if tile < tiles {
            break;
        }
        tile -= tiles;
        start = end;
    }
    if expert > dims.experts {
        return;
    }
    let first = start + tile * 64u;
    // Of no expert: nothing is added to the zeros.
    let steps = select(depth, 0u, expert == dims.experts);

    let tx = index % 16u;
    let ty = index / 16u;
    var gate0 = vec4<f32>();
    var up0 = vec4<f32>();
    var gate1 = vec4<f32>();
    var up1 = vec4<f32>();
    var gate2 = vec4<f32>();
    var up2 = vec4<f32>();
    var gate3 = vec4<f32>();
    var up3 = vec4<f32>();
    for (var base = 0u; base < steps; base += 16u) {
        for (var i = index; i < 1024u; i += 256u) {
            let place = first + i / 16u;
            let column = base + i % 16u;
            var value = 0.0;
            if place < end && column < depth {
                value = f32(x[order[place] / dims.k * depth + column]);
            }
            staged[i / 16u * 17u + i % 16u] = value;
        }
        for (var i = index; i < 256u; i += 256u) {
            staged_gate[i] = gate_of(base + i / 16u, group.x * 16u + i % 16u, expert, depth);
            staged_up[i] = up_of(base + i / 16u, group.x * 16u + i % 16u, expert, depth);
        }
        workgroupBarrier();
        {
            let gate = staged_gate[0u + tx];
            let up = staged_up[0u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 0u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 0u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 0u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 0u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[16u + tx];
            let up = staged_up[16u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 1u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 1u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 1u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 1u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[32u + tx];
            let up = staged_up[32u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 2u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 2u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 2u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 2u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[48u + tx];
            let up = staged_up[48u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 3u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 3u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 3u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 3u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[64u + tx];
            let up = staged_up[64u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 4u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 4u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 4u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 4u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[80u + tx];
            let up = staged_up[80u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 5u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 5u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 5u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 5u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[96u + tx];
            let up = staged_up[96u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 6u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 6u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 6u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 6u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[112u + tx];
            let up = staged_up[112u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 7u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 7u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 7u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 7u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[128u + tx];
            let up = staged_up[128u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 8u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 8u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 8u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 8u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[144u + tx];
            let up = staged_up[144u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 9u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 9u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 9u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 9u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[160u + tx];
            let up = staged_up[160u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 10u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 10u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 10u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 10u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[176u + tx];
            let up = staged_up[176u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 11u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 11u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 11u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 11u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[192u + tx];
            let up = staged_up[192u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 12u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 12u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 12u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 12u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[208u + tx];
            let up = staged_up[208u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 13u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 13u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 13u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 13u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[224u + tx];
            let up = staged_up[224u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 14u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 14u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 14u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 14u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        {
            let gate = staged_gate[240u + tx];
            let up = staged_up[240u + tx];
            let a0 = staged[(ty * 4u + 0u) * 17u + 15u];
            gate0 += a0 * gate;
            up0 += a0 * up;
            let a1 = staged[(ty * 4u + 1u) * 17u + 15u];
            gate1 += a1 * gate;
            up1 += a1 * up;
            let a2 = staged[(ty * 4u + 2u) * 17u + 15u];
            gate2 += a2 * gate;
            up2 += a2 * up;
            let a3 = staged[(ty * 4u + 3u) * 17u + 15u];
            gate3 += a3 * gate;
            up3 += a3 * up;
        }
        workgroupBarrier();
    }

    let column = group.x * 16u + tx;
    {
        let place = first + ty * 4u + 0u;
        if place < end {
            // Beyond 80, exp is held: it must not overflow.
            let made = gate0 / (1.0 + exp(min(-gate0, vec4<f32>(80.0)))) * up0;
            let row = place;
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    h[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
    {
        let place = first + ty * 4u + 1u;
        if place < end {
            // Beyond 80, exp is held: it must not overflow.
            let made = gate1 / (1.0 + exp(min(-gate1, vec4<f32>(80.0)))) * up1;
            let row = place;
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    h[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
    {
        let place = first + ty * 4u + 2u;
        if place < end {
            // Beyond 80, exp is held: it must not overflow.
            let made = gate2 / (1.0 + exp(min(-gate2, vec4<f32>(80.0)))) * up2;
            let row = place;
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    h[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
    {
        let place = first + ty * 4u + 3u;
        if place < end {
            // Beyond 80, exp is held: it must not overflow.
            let made = gate3 / (1.0 + exp(min(-gate3, vec4<f32>(80.0)))) * up3;
            let row = place;
            for (var i = 0u; i < 4u; i++) {
                if 4u * column + i < width {
                    h[row * width + 4u * column + i] = f32(made[i]);
                }
            }
        }
    }
}
