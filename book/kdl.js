// highlight.js, as mdBook brings it, knows no KDL.
hljs.registerLanguage('kdl', function (hljs) {
    const string = { className: 'string', begin: '#*"', end: '"#*', contains: [hljs.BACKSLASH_ESCAPE] };
    return {
        contains: [
            hljs.C_LINE_COMMENT_MODE,
            hljs.C_BLOCK_COMMENT_MODE,
            { className: 'comment', begin: '/-' },
            string,
            { className: 'literal', begin: /#(true|false|null|inf|nan)\b/ },
            { className: 'type', begin: /\(/, end: /\)/ },
            { className: 'attr', begin: /[A-Za-z_][\w.-]*(?==)/ },
            // A node's name: the first word of a line, or behind a brace or a semicolon.
            { className: 'keyword', begin: /(^|[{;])[ \t]*(?=[A-Za-z_])/, excludeBegin: true, end: /[A-Za-z_][\w.-]*/ },
            { className: 'number', begin: /\b-?\d[\d_.eE+-]*\b/ },
        ],
    };
});
document.querySelectorAll('code.language-kdl').forEach(function (block) {
    block.classList.remove('hljs');
    hljs.highlightBlock(block);
});
