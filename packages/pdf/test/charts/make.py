# Draws the charts of charts.test.ts: python make.py, with matplotlib 3.10, seaborn and pandas.
import matplotlib; matplotlib.use('pdf')
import matplotlib.pyplot as plt, numpy as np
plt.rcParams['pdf.fonttype']=42
def save(n): plt.savefig(n+'.pdf'); plt.close()
cats=['Oats','Rye','Wheat','Barley']
plt.figure(figsize=(6,4)); plt.barh(cats,[12.5,31,22.4,8]); plt.xlabel('tonnes'); save('barh')
plt.figure(figsize=(6,4)); x=np.arange(4); plt.bar(x-.2,[1,2,3,4],.4,label='North'); plt.bar(x+.2,[4,3,2.5,1.2],.4,label='South'); plt.xticks(x,cats); plt.legend(); save('grouped')
plt.figure(figsize=(6,4)); plt.bar(cats,[1,2,3,4],label='North'); plt.bar(cats,[4,3,2.5,1.2],bottom=[1,2,3,4],label='South'); plt.legend(); save('stacked')
plt.figure(figsize=(6,4)); plt.bar(cats,[5,-3,2,-1.5]); save('negative')
plt.figure(figsize=(6,4)); plt.bar(cats,[10,100,2500,30]); plt.yscale('log'); save('logbar')
b=None; plt.figure(figsize=(6,4)); b=plt.bar(cats,[10,100,250,30]); plt.bar_label(b); save('labelled')
plt.figure(figsize=(6,4)); plt.plot([2018,2019,2020,2021,2022],[3,5.5,4,7,8.2],label='Upper'); plt.plot([2018,2019,2020,2021,2022],[1,2,2.5,2,4],'--',label='Lower'); plt.xticks([2018,2019,2020,2021,2022]); plt.legend(); save('line')
plt.figure(figsize=(6,4)); plt.plot([1,2,3,4],[10,200,3000,50000]); plt.yscale('log'); plt.xticks([1,2,3,4]); save('linelog')
plt.figure(figsize=(5,4)); plt.pie([40,30,20,10],labels=cats); save('pie')
import seaborn as sns, pandas as pd
plt.figure(figsize=(6,4)); sns.barplot(pd.DataFrame({'city':['A','B','C']*2,'v':[1,2,3,2,3,4],'y':['2020']*3+['2021']*3}),x='city',y='v',hue='y'); save('seaborn')
