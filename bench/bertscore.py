"""bert_score's `score` in plain PyTorch, for bertscore.bench.ts: answers each line on stdin with one of times and F1 scores.

Mirrors bert_score 0.3.12 over transformers' eager BertModel: `bert_cos_score_idf` (distinct sentences sorted by their number of
words, longest first, in batches of 64; each sentence's vectors kept), `get_bert_embedding` (padding, as many layers as are asked
for), then `greedy_cos_idf` over 64 pairs at a time, padded anew, with weight 0 for [CLS] and [SEP]. Left out, in PyTorch's favour:
tokenizing (ids come with the texts) and the pooler, whose output bert_score drops.
"""
import json, math, os, sys, time
import numpy as np, torch, torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence

folder, threads, batch_size = sys.argv[1], int(sys.argv[2]), 64
torch.set_num_threads(threads)
config = json.load(open(os.path.join(folder, "config.json")))
task = json.load(open(os.path.join(folder, "pairs.json")))  # {hypotheses, references, layer, ids: {text: [...]}}
heads, layers = config["num_attention_heads"], task["layer"]

def read_safetensors(path):
    raw = np.memmap(path, np.uint8, "r")
    size = int(raw[:8].view(np.uint64)[0])
    for name, entry in json.loads(raw[8 : 8 + size].tobytes()).items():
        if name == "__metadata__": continue
        start, end = entry["data_offsets"]
        data = raw[8 + size + start : 8 + size + end].view(np.float32).reshape(entry["shape"])
        yield name, torch.from_numpy(data.copy())

w = dict(read_safetensors(os.path.join(folder, "model.safetensors")))
linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
norm = lambda x, name: F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-12)

def bert(ids, mask):
    B, T = ids.shape
    table = lambda name, at: F.embedding(at, w[f"embeddings.{name}_embeddings.weight"])
    x = table("word", ids) + table("token_type", torch.zeros_like(ids)) + table("position", torch.arange(T)[None])
    x = norm(x, "embeddings.LayerNorm")
    closed = (1.0 - mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
    split = lambda y: y.view(B, T, heads, -1).permute(0, 2, 1, 3)
    for i in range(layers):
        path = f"encoder.layer.{i}."
        q, k, v = (split(linear(x, f"{path}attention.self.{name}")) for name in ("query", "key", "value"))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.shape[-1]) + closed
        mixed = torch.matmul(F.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous().view(B, T, -1)
        x = norm(linear(mixed, path + "attention.output.dense") + x, path + "attention.output.LayerNorm")
        inner = F.gelu(linear(x, path + "intermediate.dense"))
        x = norm(linear(inner, path + "output.dense") + x, path + "output.LayerNorm")
    return x

def embed(sentences):
    rows = [task["ids"][s] for s in sentences]
    length = max(map(len, rows))
    ids = torch.zeros(len(rows), length, dtype=torch.long); mask = torch.zeros_like(ids); idf = torch.zeros(ids.shape)
    for i, row in enumerate(rows):
        n = len(row)
        ids[i, :n] = torch.tensor(row); mask[i, :n] = 1
        idf[i, :n] = torch.tensor([0.0] + [1.0] * (n - 2) + [0.0])
    return bert(ids, mask), mask, idf

def pad_stats(sentences, stats):
    vectors, idf = zip(*(stats[s] for s in sentences))
    lens = torch.tensor([len(v) for v in vectors])
    padded = pad_sequence(list(vectors), batch_first=True, padding_value=2.0)
    mask = torch.arange(padded.shape[1]).expand(len(lens), -1) < lens[:, None]
    return padded, mask, pad_sequence(list(idf), batch_first=True)

def greedy_cos_idf(ref, ref_mask, ref_idf, hyp, hyp_mask, hyp_idf):
    ref.div_(torch.norm(ref, dim=-1).unsqueeze(-1)); hyp.div_(torch.norm(hyp, dim=-1).unsqueeze(-1))
    sim = torch.bmm(hyp, ref.transpose(1, 2))
    sim = sim * torch.bmm(hyp_mask.unsqueeze(2).float(), ref_mask.unsqueeze(1).float())
    hyp_idf.div_(hyp_idf.sum(dim=1, keepdim=True)); ref_idf.div_(ref_idf.sum(dim=1, keepdim=True))
    P, R = (sim.max(dim=2)[0] * hyp_idf).sum(dim=1), (sim.max(dim=1)[0] * ref_idf).sum(dim=1)
    return 2 * P * R / (P + R)

@torch.no_grad()
def score(hyps, refs):
    sentences = sorted(set(refs + hyps), key=lambda s: len(s.split(" ")), reverse=True)
    stats = {}
    for start in range(0, len(sentences), batch_size):
        batch = sentences[start : start + batch_size]
        vectors, mask, idf = embed(batch)
        for i, s in enumerate(batch):
            n = mask[i].sum().item()
            stats[s] = (vectors[i, :n], idf[i, :n])
    f1 = [greedy_cos_idf(*pad_stats(refs[i : i + batch_size], stats), *pad_stats(hyps[i : i + batch_size], stats))
          for i in range(0, len(refs), batch_size)]
    return torch.cat(f1)

blas = sorted({os.path.realpath(l.split()[-1]) for l in open("/proc/self/maps") if "blas" in l.lower() and "/" in l})
print(json.dumps({"torch": torch.__version__, "blas": blas}), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    f1 = score(task["hypotheses"], task["references"])
    print(json.dumps({"ms": 1e3 * (time.perf_counter() - wall), "cpuMs": 1e3 * (time.process_time() - cpu), "f": f1.tolist()}), flush=True)
