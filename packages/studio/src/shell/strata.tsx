/** Layers of soil, for the foot of the sidebar. Decoration. */
export function Strata({ className }: { className?: string }) {
  return (
    <svg className={className} viewBox="0 0 220 120" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 30c40-18 70 10 112 0s72-16 108-2v92H0Z" fill="#3a4a2b" />
      <path d="M0 56c46-14 74 12 118 1s70-12 102 0v63H0Z" fill="#5b3d24" />
      <path d="M0 78c36-9 80 10 120 0s66-8 100 1v41H0Z" fill="#7c4a28" />
      <path d="M0 100c50-9 78 7 120 0s70-6 100 0v20H0Z" fill="#4d2d18" />
      <g fill="#c9a27e" opacity="0.55">
        <circle cx="28" cy="88" r="1.6" />
        <circle cx="74" cy="96" r="1.1" />
        <circle cx="131" cy="91" r="1.7" />
        <circle cx="184" cy="98" r="1.2" />
        <circle cx="160" cy="70" r="1.2" />
        <circle cx="52" cy="68" r="1" />
      </g>
    </svg>
  );
}
