// Rendered from templates/topk.wgsl.j2 for moe/moe[experts=8,hidden=4096,k=2,tokens=128]@workgroup=128; not to be edited: `gate render` writes it anew.
struct Dims {
    tokens: u32,
    experts: u32,
    k: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;

const NONE = 0xffffffffu;

// Each lane's best of even rounds, then of odd ones: with two banks one barrier
// a round is enough.
var<workgroup> best_logit: array<f32, 256>;
var<workgroup> best_index: array<u32, 256>;

@compute @workgroup_size(128)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % 8u;
    let token = group.x * 16u + index / 8u;
    // Lanes beyond the last token repeat it, to meet at the barriers.
    let live = token < dims.tokens;
    let row = min(token, dims.tokens - 1u) * dims.experts;
    let out = token * dims.k;

    var last_logit = 0.0;
    var last_index = 0u;
    var top = 0.0;
    var sum = 0.0;
    for (var round = 0u; round < dims.k; round++) {
        var logit = 0.0;
        var winner = NONE;
        for (var expert = lane; expert < dims.experts; expert += 8u) {
            let value = logits[row + expert];
            let open = round == 0u
                || value < last_logit
                || (value == last_logit && expert > last_index);
            // A lane walks upwards, so of equal logits it keeps the first.
            if open && (winner == NONE || value > logit) {
                logit = value;
                winner = expert;
            }
        }

        let bank = (round & 1u) * 128u;
        best_logit[bank + index] = logit;
        best_index[bank + index] = winner;
        workgroupBarrier();
        winner = NONE;
        {
            let value = best_logit[bank + index - lane + 0u];
            let expert = best_index[bank + index - lane + 0u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 1u];
            let expert = best_index[bank + index - lane + 1u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 2u];
            let expert = best_index[bank + index - lane + 2u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 3u];
            let expert = best_index[bank + index - lane + 3u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 4u];
            let expert = best_index[bank + index - lane + 4u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 5u];
            let expert = best_index[bank + index - lane + 5u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 6u];
            let expert = best_index[bank + index - lane + 6u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }
        {
            let value = best_logit[bank + index - lane + 7u];
            let expert = best_index[bank + index - lane + 7u];
            let better = value > logit || (value == logit && expert < winner);
            if expert != NONE && (winner == NONE || better) {
                logit = value;
                winner = expert;
            }
        }

        if winner != NONE {
            if round == 0u {
                top = logit;
            }
            sum += exp(logit - top);
            last_logit = logit;
            last_index = winner;
        }
        if live && lane == round % 8u {
            indices[out + round] = winner;
        }
    }

    if live {
        // Each lane reads back the indices that it wrote itself.
        for (var round = lane; round < dims.k; round += 8u) {
            let winner = indices[out + round];
            var weight = 0.0;
            if winner != NONE {
                weight = exp(logits[row + winner] - top) / sum;
            }
            weights[out + round] = weight;
        }
    }
}
