"""The small line drawings beside the printed lines, on a field of 24 by 24. Words stand with each."""

DRAWINGS = {
    "makeup": '<path d="M9 21h6v-8H9zM10 13V8l4-4v9M3 3l18 18"/>',
    "water": '<path d="M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11zM3 3l18 18"/>',
    "touch": '<path d="M8 12V5.5a1.5 1.5 0 0 1 3 0V11 4.5a1.5 1.5 0 0 1 3 0V11v-4.5a1.5 '
    '1.5 0 0 1 3 0V15c0 4-2 6-5 6s-4-1-6-5l-2-3.5a1.5 1.5 0 0 1 2.5-1.5zM3 3l18 18"/>',
    "alcohol": '<path d="M7 3h10l-1 7a4 4 0 0 1-8 0zM12 14v6M8.5 21h7M3 3l18 18"/>',
    "pets": '<circle cx="6" cy="11" r="1.8"/><circle cx="10" cy="6.5" r="1.8"/>'
    '<circle cx="14.5" cy="6.5" r="1.8"/><circle cx="18.5" cy="11" r="1.8"/>'
    '<path d="M12.2 12c-2.5 0-5 3-5 5.5 0 2.5 3 2 5 2s5 .5 5-2c0-2.5-2.5-5.5-5-5.5z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 '
    '2M19 5l-2 2M7 17l-2 2M3 3l18 18"/>',
    "exercise": '<path d="M3 9v6M6 7v10M18 7v10M21 9v6M6 12h12M4 3l16 18"/>',
    "bloodthin": '<path d="M10.5 4.5a4.2 4.2 0 0 1 6 0l3 3a4.2 4.2 0 0 1 0 6l-6 6a4.2 '
    '4.2 0 0 1-6 0l-3-3a4.2 4.2 0 0 1 0-6zM8 8l8 8"/>',
    "heat": '<path d="M7 20c-2-3 2-5 0-8s2-5 0-8M12 20c-2-3 2-5 0-8s2-5 0-8M17 20c-2-3 2-5 '
    '0-8s2-5 0-8"/>',
    "pool": '<path d="M2 9c2-2 4-2 5 0s3 2 5 0 3-2 5 0 3 2 5 0M2 15c2-2 4-2 5 0s3 2 5 0 3-2 5 0 3 '
    '2 5 0"/>',
    "retinoid": '<path d="M8 3h8l-1 13H9zM9 16v4h6v-4M3 3l18 18"/>',
    "procedures": '<path d="M13 2L5 14h6l-1 8 9-13h-6z"/>',
    "sunscreen": '<path d="M8 9h8v12H8zM10 9V6h4v3M11 3h2v3"/><circle cx="12" cy="15" r="2"/>',
    "sunscreen_amount": '<path d="M8 21V6a2 2 0 0 1 4 0v8M12 14V4a2 2 0 0 1 4 0v17"/>',
    "hat": '<path d="M2 16c3 3 17 3 20 0-2-1-4-2-5-2-.5-5-2-8-5-8s-4.5 3-5 8c-1 0-3 1-5 2z"/>',
    "cool": '<path d="M12 2v20M3.5 7l17 10M3.5 17l17-10M9.5 3.5L12 6l2.5-2.5M9.5 '
    '20.5L12 18l2.5 2.5"/>',
    "cleanse": '<path d="M7 11h10v10H7zM10 11V8h4v3M14 8V5h-4M14 5c2 0 3 1 3 2"/>',
    "home": '<path d="M4 11l8-7 8 7M6 10v10h12V10M9.5 15l2 2 3.5-4"/>',
    "medlist": '<path d="M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7"/>',
    "phone": '<path d="M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 2v4c0 1-1 2-2 2C11 21 3 '
    '13 3 5c0-1 1-2 2-2z"/>',
    "calendar": '<path d="M4 6h16v15H4zM4 10h16M8 3v5M16 3v5"/>',
    "light_medicine": '<rect x="3" y="13" width="11" height="6" rx="3"/><path d="M8.5 13v6"/>'
    '<circle cx="17" cy="7" r="2.5"/><path d="M17 1.5v1.5M17 11v1.5M11.5 7h1.5M21 7h1.5"/>',
    "preparation": '<rect x="4" y="5" width="16" height="15" rx="1.5"/><path d="M4 10h16M8 3v4M16 '
    '3v4M8.5 15l2.5 2.5 4.5-4.5"/>',
}
