"use strict";(self.rspackChunkkerasnb=self.rspackChunkkerasnb||[]).push([[700],{646(n,a,e){var r=e(601),t=e.n(r),o=e(314),i=(e.n(o))()(t());i.push([n.id,`/* Everything of kerasnb in JupyterLab outside of outputs. Colours as in the views: training blue, validation orange. */
.knb-lab-panel, .knb-lab-page {
  --knb-train: #0072b2;
  --knb-val: #c04f00;
  --knb-bad: #b3261e;
  color: var(--jp-ui-font-color1);
  background: var(--jp-layout-color1);
  font: var(--jp-ui-font-size1) / 1.4 var(--jp-ui-font-family);
  font-variant-numeric: tabular-nums;
}
[data-jp-theme-light="false"] :is(.knb-lab-panel, .knb-lab-page) {
  --knb-train: #56b4e9;
  --knb-val: #f0a330;
  --knb-bad: #ff9c94;
}
.knb-lab-panel {
  box-sizing: border-box;
  container-type: inline-size;
  min-width: 180px;
  height: 100%;
  padding: 4px 0 24px;
  overflow: hidden auto;
  outline: none;
}
.knb-lab-panel *, .knb-lab-page > * { box-sizing: border-box; }
.knb-lab-section { margin: 0 0 10px; }
.knb-lab-section > summary {
  display: flex;
  align-items: baseline;
  gap: 6px;
  padding: 6px 12px 3px;
  cursor: pointer;
  list-style: none;
}
.knb-lab-section > summary::-webkit-details-marker { display: none; }
.knb-lab-section > summary::before { content: "▸"; width: .8em; color: var(--jp-ui-font-color2); }
.knb-lab-section[open] > summary::before { content: "▾"; }
.knb-lab-section > summary::after { content: attr(data-said); margin-left: auto; color: var(--jp-ui-font-color2); }
.knb-lab-panel h2 { margin: 0; color: inherit; font-size: var(--jp-ui-font-size1); font-weight: 600; }
.knb-lab-note, .knb-lab-error { color: var(--jp-ui-font-color2); }
.knb-lab-panel p { margin: 2px 12px; overflow-wrap: anywhere; }
.knb-lab-error { color: var(--knb-bad); }
.knb-lab-panel p.knb-lab-error { margin: 8px 12px; }
.knb-lab-pair { display: flex; align-items: stretch; }
.knb-lab-item, .knb-lab-run > summary {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-width: 0;
  width: 100%;
  padding: 4px 12px;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  text-align: left;
  cursor: pointer;
}
:is(.knb-lab-item, .knb-lab-do, .knb-lab-run > summary):hover { background: var(--jp-layout-color2); }
.knb-lab-panel :is(button, summary):focus-visible, .knb-lab-page:focus-visible {
  outline: 2px solid var(--knb-train);
  outline-offset: -2px;
}
.knb-lab-name { overflow-wrap: anywhere; }
.knb-lab-item > .knb-lab-note { font-size: 12px; }
.knb-lab-number { color: var(--jp-ui-font-color2); }
.knb-lab-tutorial { display: grid; grid-template-columns: 2.2em 1fr; }
.knb-lab-tutorial > .knb-lab-note { grid-column: 2; display: flex; flex-wrap: wrap; align-items: center; gap: 0 8px; }
.knb-lab-panel progress {
  width: 52px;
  height: 5px;
  border: 0;
  border-radius: 3px;
  background: var(--jp-border-color2);
  overflow: hidden;
  appearance: none;
}
.knb-lab-panel progress::-webkit-progress-bar { background: var(--jp-border-color2); }
.knb-lab-panel progress::-webkit-progress-value { background: var(--knb-train); }
.knb-lab-panel progress::-moz-progress-bar { background: var(--knb-train); }
.knb-lab-do {
  flex: none;
  align-self: center;
  min-width: 26px;
  margin: 0 8px 0 0;
  padding: 3px 8px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 4px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.knb-lab-run > summary {
  display: grid;
  grid-template-columns: 2.2em minmax(0, 1fr) auto;
  gap: 0 8px;
  align-items: center;
  list-style: none;
}
.knb-lab-run > summary::-webkit-details-marker { display: none; }
.knb-lab-run .knb-lab-name { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.knb-lab-run :is(.knb-lab-figure, .knb-lab-of) { text-align: right; }
.knb-lab-of { color: var(--jp-ui-font-color2); font-size: 11px; overflow-wrap: anywhere; }
.knb-lab-run :is(.knb-lab-spark, .knb-lab-nospark) { grid-column: 2; }
.knb-lab-status { margin-left: 6px; color: var(--jp-ui-font-color2); font-size: 11px; }
[data-status="failed"] .knb-lab-status { color: var(--knb-bad); }
[data-status="running"] .knb-lab-status { color: var(--knb-train); }
.knb-lab-run dl { display: grid; grid-template-columns: auto 1fr; gap: 1px 10px; margin: 2px 12px 8px calc(12px + 2.2em + 8px); font-size: 12px; }
.knb-lab-run dt { color: var(--jp-ui-font-color2); }
.knb-lab-run dd { margin: 0; overflow-wrap: anywhere; }
.knb-lab-spark { display: block; overflow: visible; }
.knb-lab-spark path { fill: none; stroke-width: 1.5; }
.knb-lab-spark .knb-lab-train { stroke: var(--knb-train); }
.knb-lab-spark .knb-lab-val { stroke: var(--knb-val); stroke-dasharray: 3 2; }
.knb-lab-spark .knb-lab-dot.knb-lab-train { fill: var(--knb-train); }
.knb-lab-spark .knb-lab-dot.knb-lab-val { fill: var(--knb-val); }
@container (max-width: 230px) {
  .knb-lab-section > summary::after { display: none; }
}
.knb-lab-page { padding: 12px 18px 24px; overflow: auto; outline: none; }
.knb-lab-page h1 { margin: 4px 0; font-size: 16px; font-weight: 600; }
.knb-lab-page p { margin: 0 0 8px; overflow-wrap: anywhere; }
.knb-lab-page > p:empty { display: none; }
.knb-lab-sketch { max-width: 1040px; border-collapse: collapse; }
.knb-lab-sketch :is(th, td) { padding: 4px 18px 4px 0; border-bottom: 1px solid var(--jp-border-color2); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.knb-lab-sketch th { color: var(--jp-ui-font-color2); font-weight: 400; }
:is(.jp-LauncherCard, .jp-SideBar, .lm-TabBar, .jp-DirListing) .knb-lab-lines { stroke: var(--jp-inverse-layout-color3); }
[data-jp-theme-light="false"] .knb-lab-curve { stroke: #56b4e9; }
`,""]),e.d(a,{},{A:i})},314(n){n.exports=function(n){var a=[];return a.toString=function(){return this.map(function(a){var e="",r=void 0!==a[5];return a[4]&&(e+="@supports (".concat(a[4],") {")),a[2]&&(e+="@media ".concat(a[2]," {")),r&&(e+="@layer".concat(a[5].length>0?" ".concat(a[5]):""," {")),e+=n(a),r&&(e+="}"),a[2]&&(e+="}"),a[4]&&(e+="}"),e}).join("")},a.i=function(n,e,r,t,o){"string"==typeof n&&(n=[[null,n,void 0]]);var i={};if(r)for(var l=0;l<this.length;l++){var b=this[l][0];null!=b&&(i[b]=!0)}for(var s=0;s<n.length;s++){var p=[].concat(n[s]);r&&i[p[0]]||(void 0!==o&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=o),e&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=e),t&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=t):p[4]="".concat(t)),a.push(p))}},a}},601(n){n.exports=function(n){return n[1]}},72(n){var a=[];function e(n){for(var e=-1,r=0;r<a.length;r++)if(a[r].identifier===n){e=r;break}return e}function r(n,r){for(var t={},o=[],i=0;i<n.length;i++){var l=n[i],b=r.base?l[0]+r.base:l[0],s=t[b]||0,p="".concat(b," ").concat(s);t[b]=s+1;var c=e(p),u={css:l[1],media:l[2],sourceMap:l[3],supports:l[4],layer:l[5]};if(-1!==c)a[c].references++,a[c].updater(u);else{var d=function(n,a){var e=a.domAPI(a);return e.update(n),function(a){a?(a.css!==n.css||a.media!==n.media||a.sourceMap!==n.sourceMap||a.supports!==n.supports||a.layer!==n.layer)&&e.update(n=a):e.remove()}}(u,r);r.byIndex=i,a.splice(i,0,{identifier:p,updater:d,references:1})}o.push(p)}return o}n.exports=function(n,t){var o=r(n=n||[],t=t||{});return function(n){n=n||[];for(var i=0;i<o.length;i++){var l=e(o[i]);a[l].references--}for(var b=r(n,t),s=0;s<o.length;s++){var p=e(o[s]);0===a[p].references&&(a[p].updater(),a.splice(p,1))}o=b}}},659(n){var a={};n.exports=function(n,e){var r=function(n){if(void 0===a[n]){var e=document.querySelector(n);if(window.HTMLIFrameElement&&e instanceof window.HTMLIFrameElement)try{e=e.contentDocument.head}catch(n){e=null}a[n]=e}return a[n]}(n);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(e)}},540(n){n.exports=function(n){var a=document.createElement("style");return n.setAttributes(a,n.attributes),n.insert(a,n.options),a}},56(n,a,e){n.exports=function(n){var a=e.nc;a&&n.setAttribute("nonce",a)}},825(n){n.exports=function(n){if("u"<typeof document)return{update:function(){},remove:function(){}};var a=n.insertStyleElement(n);return{update:function(e){var r,t,o;r="",e.supports&&(r+="@supports (".concat(e.supports,") {")),e.media&&(r+="@media ".concat(e.media," {")),(t=void 0!==e.layer)&&(r+="@layer".concat(e.layer.length>0?" ".concat(e.layer):""," {")),r+=e.css,t&&(r+="}"),e.media&&(r+="}"),e.supports&&(r+="}"),(o=e.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(o))))," */")),n.styleTagTransform(r,a,n.options)},remove:function(){var n;null===(n=a).parentNode||n.parentNode.removeChild(n)}}}},113(n){n.exports=function(n,a){if(a.styleSheet)a.styleSheet.cssText=n;else{for(;a.firstChild;)a.removeChild(a.firstChild);a.appendChild(document.createTextNode(n))}}},959(n,a,e){var r=e(72),t=e.n(r),o=e(825),i=e.n(o),l=e(659),b=e.n(l),s=e(56),p=e.n(s),c=e(540),u=e.n(c),d=e(113),k=e.n(d),f=e(646),m={};m.styleTagTransform=k(),m.setAttributes=p(),m.insert=b().bind(null,"head"),m.domAPI=i(),m.insertStyleElement=u(),t()(f.A,m),f.A&&f.A.locals&&f.A.locals}}]);