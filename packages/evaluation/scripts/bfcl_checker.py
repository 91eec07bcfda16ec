"""What the checker of bfcl-eval says of calls made from the benchmark's own answers: right ones, and ones with faults.

    pip download --no-deps bfcl-eval==2026.3.23 && unzip bfcl_eval-*.whl -d wheel
    PYTHONPATH=wheel python bfcl_checker.py FOLDER_WITH_question_AND_possible_answer verdicts.json

golden/metrics/bfcl/checker.jsonl holds a sample of these; all 19,776 agreed on 2026-11-27.
"""
import sys,types,json,random,glob,re,copy,os
class C: underscore_to_dot=False
class M(dict):
    def __missing__(s,k): return C
m=types.ModuleType('bfcl_eval.constants.model_config'); m.MODEL_CONFIG_MAPPING=M(); sys.modules['bfcl_eval.constants.model_config']=m
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker
from bfcl_eval.constants.enums import Language
D=sys.argv[1].rstrip('/')+'/'
rng=random.Random(5)
def first(gt, pickr=False):
    out=[]
    for g in gt:
        (name,args),=g.items(); a={}
        for k,v in args.items():
            opts=[p for p in v if p!=""]
            if not opts: continue
            if "" in v and rng.random()<.5: continue
            a[k]=rng.choice(opts) if pickr else opts[0]
        out.append({name:a})
    return out
def undict(v):
    # dict answers hold lists of allowed values
    if isinstance(v,dict): return {k:undict(x[0]) if isinstance(x,list) and x and x[0]!="" else (undict(x) if not isinstance(x,list) else None) for k,x in v.items() if not(isinstance(x,list) and x and x[0]=="")}
    if isinstance(v,list): return [undict(x) for x in v]
    return v
def src(v,lang):
    if lang=='python': return v
    if isinstance(v,bool): return 'true' if v else 'false'
    if isinstance(v,str): return v
    if isinstance(v,(int,float)): return rng.choice([str(v),str(v)+'L',str(v)+'f',str(v)+'n',str(v)])
    if isinstance(v,list): 
        if lang=='java': return rng.choice(['new ArrayList<>(Arrays.asList(%s))','new int[]{%s}','new String[] { %s }','new ArrayList<String>() {{ %s }}'])%(', '.join(('"%s"'%x if isinstance(x,str) else src(x,lang)) for x in v))
        return rng.choice(['[%s]','new Array(%s)'])%(', '.join(("'%s'"%x if isinstance(x,str) else (src(x,lang))) for x in v))
    if isinstance(v,dict):
        if lang=='java': return 'new HashMap<String, Object>() {{ %s }}'%(' '.join('put("%s", %s);'%(k,'"%s"'%x if isinstance(x,str) else src(x,lang)) for k,x in v.items()))
        return '{%s}'%(', '.join('"%s": %s'%(k,'"%s"'%x if isinstance(x,str) else src(x,lang)) for k,x in v.items()))
    return str(v)
def mutval(v):
    r=rng.random()
    if isinstance(v,bool): return rng.choice([not v,str(v),int(v)])
    if isinstance(v,int): return rng.choice([v+1,float(v),str(v),v*1.0,-v])
    if isinstance(v,float): return rng.choice([int(v),v+.5,str(v)])
    if isinstance(v,str): return rng.choice([v.upper(),v+'.',v.replace(' ','-'),v+'x',[v],5,'',v.replace("'",'"'),v.lower()])
    if isinstance(v,list): return rng.choice([v[::-1],v[:-1],v+v[:1],[mutval(x) for x in v],{},'',[],[str(x) for x in v],[float(x) if isinstance(x,int) else x for x in v]])
    if isinstance(v,dict):
        d=dict(v)
        if d and r<.4: d.pop(rng.choice(list(d)))
        elif r<.6: d['zz']=1
        elif d: k=rng.choice(list(d)); d[k]=mutval(d[k])
        return rng.choice([d,d,d,[d],'x'])
    return 1
def mutate(calls,fns):
    c=copy.deepcopy(calls); r=rng.random()
    if not c: return c
    i=rng.randrange(len(c)); (n,a),=c[i].items()
    if r<.06: c.pop(i)
    elif r<.1: c.append(copy.deepcopy(c[i]))
    elif r<.14: c[i]={n+'x':a}
    elif r<.2 and len(c)>1: rng.shuffle(c)
    elif r<.28 and a: a.pop(rng.choice(list(a)))
    elif r<.33: a['unknown']=1
    elif a: k=rng.choice(list(a)); a[k]=mutval(a[k])
    return c
LANG={'python':Language.PYTHON,'java':Language.JAVA,'javascript':Language.JAVASCRIPT}
out=[]; stats={}
for f in sorted(glob.glob(D+'possible_answer/*.json')):
    cat=re.sub('_first200','',os.path.basename(f)[8:-5])
    if 'multi_turn' in cat: continue
    lang='java' if cat=='simple_java' else 'javascript' if cat=='simple_javascript' else 'python'
    q={json.loads(l)['id']:json.loads(l) for l in open(f.replace('possible_answer','question'))}
    for l in open(f):
        a=json.loads(l); row=q[a['id']]; gt=a['ground_truth']
        for n in range(12):
            calls=first(gt,n>0)
            calls=[{k:{p:undict(v) for p,v in x.items()} for k,x in c.items()} for c in calls]
            if n>=2: calls=mutate(calls,row['function'])
            if n>=8: calls=mutate(calls,row['function'])
            calls=[{k:{p:src(v,lang) if rng.random()<.97 else v for p,v in x.items()} for k,x in c.items()} for c in calls]
            try:
                r=ast_checker(copy.deepcopy(row['function']),copy.deepcopy(calls),copy.deepcopy(gt),LANG[lang],cat,'x')
                v=bool(r['valid'])
            except Exception as e: v='crash '+type(e).__name__
            out.append({'category':cat,'language':lang,'id':a['id'],'calls':calls,'valid':v})
            s=stats.setdefault(cat,[0,0,0]); s[0 if v is True else 1 if v is False else 2]+=1
print(stats)
json.dump(out,open(sys.argv[2],'w'))
