/** Colours of series differ in lightness too, and plots mark series by dash and shape besides colour. */
export const STYLE = `
:root{--paper:#fff;--ink:#1b1f27;--soft:#5a6372;--line:#d9dde4;--panel:#f5f7fa;--good:#17613a;--good-back:#def3e6;--bad:#98221f;--bad-back:#fbe4e2;--note:#eef3fd;--warn:#fdf3dc;
--s1:#1d5fd1;--s2:#c2500a;--s3:#0b7a6b;--s4:#7a3fc4;--s5:#8a6a00;--s6:#b3206f;--s7:#5a6372}
@media (prefers-color-scheme:dark){:root{--paper:#12151b;--ink:#e6e9ef;--soft:#a0a9b8;--line:#313846;--panel:#1a1f28;--good:#8fe0b0;--good-back:#143524;--bad:#ffaaa3;--bad-back:#43191a;--note:#18243c;--warn:#372c12;
--s1:#82aeff;--s2:#ffa266;--s3:#55d3be;--s4:#c2a0ff;--s5:#e0c35a;--s6:#ff8fc4;--s7:#a0a9b8}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.3rem;margin:2.6rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--line)}
section:first-of-type h2{border:0;margin-top:.5rem;padding:0;font-size:1rem;color:var(--soft);font-weight:600}
p{max-width:46rem;margin:.6rem 0}ul{max-width:46rem;padding-left:1.2rem}
p.note,p.warning{padding:.6rem .9rem;border-left:4px solid var(--s1);background:var(--note);border-radius:0 6px 6px 0}
p.warning{border-color:var(--s5);background:var(--warn)}
a{color:var(--s1)}nav ol{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;font-size:.92rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:.7rem;margin:1rem 0}
.figures div{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem}
.figures dt{font-size:.86rem;color:var(--soft)}.figures dd{margin:0}.figures b{display:block;font-size:1.7rem;line-height:1.25;font-variant-numeric:tabular-nums}
.figures span{font-size:.84rem;color:var(--soft)}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.88rem;min-width:60%}
caption{text-align:left;color:var(--soft);padding-bottom:.35rem}
th,td{text-align:left;padding:.32rem .9rem .32rem 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{font-size:.84rem;color:var(--soft);font-weight:600}tbody th{font-weight:500;min-width:9rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.chip{display:inline-block;padding:0 .5rem;border-radius:99px;background:var(--panel);border:1px solid var(--line);white-space:nowrap}
.chip.good{color:var(--good);background:var(--good-back)}.chip.bad{color:var(--bad);background:var(--bad-back)}
figure{margin:1.2rem 0}figure svg{width:100%;height:auto;max-width:52rem;display:block}
figcaption{font-size:.88rem;color:var(--soft);max-width:46rem;margin-top:.3rem}figcaption b{color:var(--ink)}
svg text{fill:var(--ink);font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}svg .soft{fill:var(--soft)}
svg .grid{stroke:var(--line)}svg .axis{stroke:var(--soft)}
@media print{:root{--paper:#fff;--ink:#000}main{max-width:none;padding:0}nav{display:none}section{break-inside:auto}figure,tr,.figures{break-inside:avoid}.wide{overflow:visible}table{font-size:.8rem}}
`;
