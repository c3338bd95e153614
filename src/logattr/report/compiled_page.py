"""The page of the report as Jinja compiled it, so that a report need not.

Written by docs/generate.py from templates/report.html.jinja; change it there.
"""

# ruff: noqa
# mypy: ignore-errors
JINJA = "3.1.6"
from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join
name = 'report.html.jinja'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_findings = resolve('findings')
    l_0_places = resolve('places')
    l_0_question = resolve('question')
    l_0_period = resolve('period')
    l_0_changes = resolve('changes')
    l_0_headline = resolve('headline')
    l_0_singled_out = resolve('singled_out')
    l_0_highlighted = resolve('highlighted')
    l_0_counted = resolve('counted')
    l_0_cards = resolve('cards')
    l_0_grades = resolve('grades')
    l_0_set_aside = resolve('set_aside')
    l_0_set_aside_clients = resolve('set_aside_clients')
    l_0_set_aside_total = resolve('set_aside_total')
    l_0_rejects = resolve('rejects')
    l_0_rejects_total = resolve('rejects_total')
    l_0_options = resolve('options')
    l_0_clients = resolve('clients')
    l_0_clients_total = resolve('clients_total')
    l_0_scroll = l_0_points = l_0_client_table = missing
    try:
        t_1 = environment.filters['dictsort']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No filter named 'dictsort' found.")
    try:
        t_2 = environment.filters['join']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No filter named 'join' found.")
    try:
        t_3 = environment.filters['length']
    except KeyError:
        @internalcode
        def t_3(*unused):
            raise TemplateRuntimeError("No filter named 'length' found.")
    try:
        t_4 = environment.filters['number']
    except KeyError:
        @internalcode
        def t_4(*unused):
            raise TemplateRuntimeError("No filter named 'number' found.")
    try:
        t_5 = environment.filters['share']
    except KeyError:
        @internalcode
        def t_5(*unused):
            raise TemplateRuntimeError("No filter named 'share' found.")
    pass
    def macro(l_1_label, l_1_caller):
        t_6 = []
        if l_1_label is missing:
            l_1_label = undefined("parameter 'label' was not provided", name='label')
        pass
        t_6.extend((
            '<div class="scroll" role="region" tabindex="0" aria-label="',
            escape(environment.finalize(l_1_label)),
            '">\n',
            escape(environment.finalize(context.call(l_1_caller))),
            '\n</div>\n',
        ))
        return concat(t_6)
    context.exported_vars.add('scroll')
    context.vars['scroll'] = l_0_scroll = Macro(environment, macro, 'scroll', ('label',), False, False, True, context.eval_ctx.autoescape)
    def macro(l_1_title, l_1_sentences, l_1_otherwise):
        t_7 = []
        if l_1_title is missing:
            l_1_title = undefined("parameter 'title' was not provided", name='title')
        if l_1_sentences is missing:
            l_1_sentences = undefined("parameter 'sentences' was not provided", name='sentences')
        if l_1_otherwise is missing:
            l_1_otherwise = undefined("parameter 'otherwise' was not provided", name='otherwise')
        pass
        t_7.extend((
            '<div>\n<h4>',
            escape(environment.finalize(l_1_title)),
            '</h4>\n<ul>\n',
        ))
        t_8 = 1
        for l_2_sentence in l_1_sentences:
            _loop_vars = {}
            pass
            t_7.extend((
                '<li>',
                escape(environment.finalize(l_2_sentence)),
                '</li>\n',
            ))
            t_8 = 0
        l_2_sentence = missing
        if t_8:
            pass
            t_7.extend((
                '<li>',
                escape(environment.finalize(l_1_otherwise)),
                '</li>\n',
            ))
        t_7.append(
            '</ul>\n</div>\n',
        )
        return concat(t_7)
    context.exported_vars.add('points')
    context.vars['points'] = l_0_points = Macro(environment, macro, 'points', ('title', 'sentences', 'otherwise'), False, False, False, context.eval_ctx.autoescape)
    def macro(l_1_rows, l_1_caption):
        t_9 = []
        if l_1_rows is missing:
            l_1_rows = undefined("parameter 'rows' was not provided", name='rows')
        if l_1_caption is missing:
            l_1_caption = undefined("parameter 'caption' was not provided", name='caption')
        pass
        def macro():
            t_10 = []
            pass
            t_10.extend((
                '<table class="wide">\n<caption>',
                escape(environment.finalize(l_1_caption)),
                '</caption>\n<thead><tr>\n<th scope="col">Client</th><th scope="col">Counted as</th><th scope="col">Place in the database</th>\n<th scope="col">Network holder</th><th scope="col">Anonymiser</th><th scope="col" class="number">Events</th>\n<th scope="col">First and last seen (UTC)</th>\n</tr></thead>\n<tbody>\n',
            ))
            for l_3_row in l_1_rows:
                _loop_vars = {}
                pass
                t_10.extend((
                    '<tr>\n<th scope="row" class="mono">',
                    escape(environment.finalize(environment.getattr(l_3_row, 'client'))),
                    '</th>\n<td>',
                    escape(environment.finalize(environment.getattr(l_3_row, 'class_label'))),
                ))
                if environment.getattr(l_3_row, 'noise_reason'):
                    pass
                    t_10.extend((
                        ' (',
                        escape(environment.finalize(environment.getattr(l_3_row, 'noise_reason'))),
                        ')',
                    ))
                t_10.extend((
                    '</td>\n<td>',
                    escape(environment.finalize(environment.getattr(l_3_row, 'place'))),
                    '</td><td>',
                    escape(environment.finalize(environment.getattr(l_3_row, 'network'))),
                    '</td><td>',
                    escape(environment.finalize(environment.getattr(l_3_row, 'anonymiser'))),
                    '</td>\n<td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_3_row, 'requests')))),
                    '</td>\n<td class="time">',
                    escape(environment.finalize(environment.getattr(l_3_row, 'first_seen'))),
                    '<br>',
                    escape(environment.finalize(environment.getattr(l_3_row, 'last_seen'))),
                    '</td>\n</tr>\n',
                ))
            l_3_row = missing
            t_10.append(
                '</tbody>\n</table>\n',
            )
            return concat(t_10)
        caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
        t_9.append(context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), l_1_caption, caller=caller))
        return concat(t_9)
    context.exported_vars.add('client_table')
    context.vars['client_table'] = l_0_client_table = Macro(environment, macro, 'client_table', ('rows', 'caption'), False, False, False, context.eval_ctx.autoescape)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n<meta name="generator" content="logattr '
    yield escape(environment.finalize(environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'version')))
    yield '">\n<title>Who came, and who was not hiding?'
    if (undefined(name='places') if l_0_places is missing else l_0_places):
        pass
        yield ' '
        yield escape(environment.finalize((undefined(name='places') if l_0_places is missing else l_0_places)))
    yield '</title>\n<style>\n'
    template = environment.get_template('report.css', 'report.html.jinja')
    gen = template.root_render_func(template.new_context(context.get_all(), True, {'client_table': l_0_client_table, 'points': l_0_points, 'scroll': l_0_scroll}))
    try:
        for event in gen:
            yield event
    finally: gen.close()
    yield '</style>\n</head>\n<body>\n<a class="skip" href="#finding">Skip to the finding</a>\n<header class="page">\n<p class="kicker">Access log report, logattr '
    yield escape(environment.finalize(environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'version')))
    yield '</p>\n<h1>'
    yield escape(environment.finalize((undefined(name='question') if l_0_question is missing else l_0_question)))
    yield '</h1>\n<dl class="facts">\n<dt>Period</dt><dd>'
    yield escape(environment.finalize((undefined(name='period') if l_0_period is missing else l_0_period)))
    yield '</dd>\n'
    def t_11(fiter):
        for l_1_place in fiter:
            if environment.getattr(l_1_place, 'note'):
                yield l_1_place
    for l_1_place in t_11(environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'places')):
        _loop_vars = {}
        pass
        yield '<dt>'
        yield escape(environment.finalize(environment.getattr(l_1_place, 'name')))
        yield '</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_place, 'note')))
        yield '</dd>\n'
    l_1_place = missing
    for l_1_input in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'inputs'):
        l_1_lines_account = resolve('lines_account')
        _loop_vars = {}
        pass
        yield '<dt>Input</dt>\n<dd><span class="mono">'
        yield escape(environment.finalize(environment.getattr(l_1_input, 'name')))
        yield '</span><p class="note">'
        yield escape(environment.finalize(context.call((undefined(name='lines_account') if l_1_lines_account is missing else l_1_lines_account), l_1_input, _loop_vars=_loop_vars)))
        yield '</p></dd>\n'
    l_1_input = l_1_lines_account = missing
    yield '</dl>\n<nav aria-label="Contents"><ul>\n<li><a href="#finding">Finding</a></li>\n<li><a href="#counts">Counts</a></li>\n<li><a href="#evidence">Evidence</a></li>\n<li><a href="#set-aside">Set aside</a></li>\n'
    if (undefined(name='changes') if l_0_changes is missing else l_0_changes):
        pass
        yield '<li><a href="#changes">As of the events, and now</a></li>\n'
    yield '<li><a href="#alternatives">Other explanations</a></li>\n<li><a href="#limits">Limits</a></li>\n<li><a href="#sources">Sources</a></li>\n<li><a href="#inputs">Inputs</a></li>\n<li><a href="#clients">All clients</a></li>\n</ul></nav>\n</header>\n<main>\n\n<section id="finding" class="finding" aria-labelledby="finding-title">\n<h2 id="finding-title">The finding</h2>\n<p>'
    yield escape(environment.finalize((undefined(name='headline') if l_0_headline is missing else l_0_headline)))
    yield '</p>\n'
    if (undefined(name='singled_out') if l_0_singled_out is missing else l_0_singled_out):
        pass
        def macro():
            t_12 = []
            pass
            t_12.append(
                '<table>\n<caption>Singled out, with the grade of support for each.</caption>\n<thead><tr>\n<th scope="col">Client</th><th scope="col">Answer</th><th scope="col">Place in the database</th>\n<th scope="col" class="number">Grade</th><th scope="col" class="number">Events</th>\n<th scope="col">First seen (UTC)</th><th scope="col">Last seen (UTC)</th>\n</tr></thead>\n<tbody>\n',
            )
            l_2_loop = missing
            for l_2_row, l_2_loop in LoopContext((undefined(name='singled_out') if l_0_singled_out is missing else l_0_singled_out), undefined):
                _loop_vars = {}
                pass
                t_12.append(
                    '<tr>\n<th scope="row" class="mono">',
                )
                if (environment.getattr(l_2_loop, 'index') <= t_3((undefined(name='cards') if l_0_cards is missing else l_0_cards))):
                    pass
                    t_12.extend((
                        '<a href="#client-',
                        escape(environment.finalize(environment.getattr(l_2_loop, 'index'))),
                        '">',
                        escape(environment.finalize(environment.getattr(l_2_row, 'client'))),
                        '</a>',
                    ))
                else:
                    pass
                    t_12.append(
                        escape(environment.finalize(environment.getattr(l_2_row, 'client'))),
                    )
                t_12.extend((
                    '</th>\n<td>',
                    escape(environment.finalize(environment.getattr(l_2_row, 'answer'))),
                    '</td><td>',
                    escape(environment.finalize(environment.getattr(l_2_row, 'place_short'))),
                    '</td>\n<td class="number">',
                    escape(environment.finalize(environment.getattr(l_2_row, 'grade'))),
                    '</td><td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'requests')))),
                    '</td>\n<td class="time">',
                    escape(environment.finalize(environment.getattr(l_2_row, 'first_seen'))),
                    '</td><td class="time">',
                    escape(environment.finalize(environment.getattr(l_2_row, 'last_seen'))),
                    '</td>\n</tr>\n',
                ))
            l_2_loop = l_2_row = missing
            t_12.append(
                '</tbody>\n</table>\n',
            )
            return concat(t_12)
        caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
        yield context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), 'Clients that are singled out', caller=caller)
        if ((undefined(name='highlighted') if l_0_highlighted is missing else l_0_highlighted) > t_3((undefined(name='singled_out') if l_0_singled_out is missing else l_0_singled_out))):
            pass
            yield '<p class="note">'
            yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), ((undefined(name='highlighted') if l_0_highlighted is missing else l_0_highlighted) - t_3((undefined(name='singled_out') if l_0_singled_out is missing else l_0_singled_out))), 'more client')))
            yield ' singled out; JSON and CSV hold them all.</p>\n'
    for l_1_warning in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'warnings'):
        _loop_vars = {}
        pass
        yield '<div class="warning">'
        yield escape(environment.finalize(l_1_warning))
        yield '</div>\n'
    l_1_warning = missing
    yield '</section>\n\n<section id="counts" aria-labelledby="counts-title">\n<h2 id="counts-title">Everyone who came, counted once</h2>\n'
    def macro():
        t_13 = []
        l_1_clients_counted = resolve('clients_counted')
        l_1_requests_counted = resolve('requests_counted')
        pass
        t_13.append(
            '<table class="long">\n<caption>Every client is in exactly one class.</caption>\n<thead><tr>\n<th scope="col">Class</th><th scope="col" class="number">Clients</th>\n<th scope="col" class="number">Events</th><th scope="col" class="bars">Share of clients</th>\n</tr></thead>\n<tbody>\n',
        )
        for l_2_row in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'classes'):
            l_2_highlighted_classes = resolve('highlighted_classes')
            _loop_vars = {}
            pass
            t_13.append(
                '<tr',
            )
            if ((environment.getattr(l_2_row, 'name') in (undefined(name='highlighted_classes') if l_2_highlighted_classes is missing else l_2_highlighted_classes)) and environment.getattr(l_2_row, 'clients')):
                pass
                t_13.append(
                    ' class="marked"',
                )
            elif (not environment.getattr(l_2_row, 'clients')):
                pass
                t_13.append(
                    ' class="empty"',
                )
            t_13.extend((
                '>\n<th scope="row">',
                escape(environment.finalize(environment.getattr(l_2_row, 'label'))),
                '<span class="note">',
                escape(environment.finalize(environment.getattr(l_2_row, 'meaning'))),
                '</span></th>\n<td class="number">',
                escape(environment.finalize(t_4(environment.getattr(l_2_row, 'clients')))),
                '</td>\n<td class="number">',
                escape(environment.finalize(t_4(environment.getattr(l_2_row, 'requests')))),
                '</td>\n<td class="bars"><svg aria-hidden="true" focusable="false"><rect width="',
                escape(environment.finalize(t_5(environment.getattr(l_2_row, 'clients'), (undefined(name='clients_counted') if l_1_clients_counted is missing else l_1_clients_counted)))),
                '%" height="100%"/></svg></td>\n</tr>\n',
            ))
        l_2_row = l_2_highlighted_classes = missing
        t_13.extend((
            '</tbody>\n<tfoot><tr>\n<th scope="row">All</th><td class="number">',
            escape(environment.finalize(t_4((undefined(name='clients_counted') if l_1_clients_counted is missing else l_1_clients_counted)))),
            '</td>\n<td class="number">',
            escape(environment.finalize(t_4((undefined(name='requests_counted') if l_1_requests_counted is missing else l_1_requests_counted)))),
            '</td><td class="bars"></td>\n</tr></tfoot>\n</table>\n',
        ))
        return concat(t_13)
    caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
    yield context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), 'Clients and events by class', caller=caller)
    yield '</section>\n\n<section id="evidence" aria-labelledby="evidence-title">\n<h2 id="evidence-title">The evidence, client by client</h2>\n'
    if (not (undefined(name='cards') if l_0_cards is missing else l_0_cards)):
        pass
        yield '<p>No client is singled out. That is an answer about the sources that were asked, not about the world.</p>\n'
    l_1_loop = missing
    for l_1_card, l_1_loop in LoopContext((undefined(name='cards') if l_0_cards is missing else l_0_cards), undefined):
        _loop_vars = {}
        pass
        yield '<article class="card" aria-labelledby="client-'
        yield escape(environment.finalize(environment.getattr(l_1_loop, 'index')))
        yield '">\n<h3 id="client-'
        yield escape(environment.finalize(environment.getattr(l_1_loop, 'index')))
        yield '">'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'client')))
        yield '</h3>\n<p class="grade"><strong>Grade '
        yield escape(environment.finalize(environment.getattr(l_1_card, 'grade')))
        yield ' of 6</strong> '
        yield escape(environment.finalize(environment.getattr(l_1_card, 'grade_meaning')))
        yield '</p>\n<dl class="facts">\n<dt>Place</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'place')))
        yield '<p class="note">'
        yield escape(environment.finalize(t_2(context.eval_ctx, environment.getattr(l_1_card, 'place_notes'), '; ')))
        yield '</p></dd>\n<dt>Anonymiser</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'anonymiser')))
        yield '</dd>\n<dt>Network holder</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'network')))
        yield '</dd>\n<dt>Seen</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'seen')))
        if environment.getattr(l_1_card, 'hours'):
            pass
            yield '<p class="note">Busiest hours of the week, in UTC: '
            yield escape(environment.finalize(environment.getattr(l_1_card, 'hours')))
            yield '</p>'
        yield '</dd>\n<dt>Activity</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'activity')))
        yield '<p class="note">'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'volume')))
        yield '</p></dd>\n<dt>Counted as</dt><dd>'
        yield escape(environment.finalize(environment.getattr(l_1_card, 'class_label')))
        yield '</dd>\n'
        def t_14(fiter):
            for (l_2_label, l_2_values) in fiter:
                if l_2_values:
                    yield (l_2_label, l_2_values)
        for (l_2_label, l_2_values) in t_14((('Users', environment.getattr(l_1_card, 'users')), ('User agents', environment.getattr(l_1_card, 'user_agents')), ('Paths asked for', environment.getattr(l_1_card, 'paths')))):
            _loop_vars = {}
            pass
            yield '<dt>'
            yield escape(environment.finalize(l_2_label))
            yield '</dt>\n<dd>'
            for l_3_value in l_2_values:
                _loop_vars = {}
                pass
                yield '<p class="mono">'
                yield escape(environment.finalize(l_3_value))
                yield '</p>'
            l_3_value = missing
            yield '</dd>\n'
        l_2_label = l_2_values = missing
        yield '</dl>\n<div class="argument">\n'
        yield escape(environment.finalize(context.call((undefined(name='points') if l_0_points is missing else l_0_points), 'What supports it', environment.getattr(l_1_card, 'reasons'), 'nothing is recorded', _loop_vars=_loop_vars)))
        yield '\n'
        yield escape(environment.finalize(context.call((undefined(name='points') if l_0_points is missing else l_0_points), 'What speaks against it', environment.getattr(l_1_card, 'counter_reasons'), 'nothing is known to', _loop_vars=_loop_vars)))
        yield '\n'
        yield escape(environment.finalize(context.call((undefined(name='points') if l_0_points is missing else l_0_points), 'What is missing', environment.getattr(l_1_card, 'missing'), 'nothing is known to be', _loop_vars=_loop_vars)))
        yield '\n'
        yield escape(environment.finalize(context.call((undefined(name='points') if l_0_points is missing else l_0_points), 'What would change it', environment.getattr(l_1_card, 'would_change'), 'nothing is recorded', _loop_vars=_loop_vars)))
        yield '\n</div>\n'
        if environment.getattr(l_1_card, 'lines'):
            pass
            yield '<div class="evidence">\n<h4>Log lines</h4>\n'
            for (l_2_position, l_2_text) in environment.getattr(l_1_card, 'lines'):
                _loop_vars = {}
                pass
                yield '<pre><span class="position">'
                yield escape(environment.finalize(l_2_position))
                yield '</span>'
                yield escape(environment.finalize(l_2_text))
                yield '</pre>\n'
            l_2_position = l_2_text = missing
            yield '</div>\n'
        yield '</article>\n'
    l_1_loop = l_1_card = missing
    if ((undefined(name='highlighted') if l_0_highlighted is missing else l_0_highlighted) > t_3((undefined(name='cards') if l_0_cards is missing else l_0_cards))):
        pass
        yield '<p class="note">Evidence on '
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), ((undefined(name='highlighted') if l_0_highlighted is missing else l_0_highlighted) - t_3((undefined(name='cards') if l_0_cards is missing else l_0_cards))), 'more client')))
        yield ': JSON holds it all.</p>\n'
    yield '<details>\n<summary>What the grades mean</summary>\n<dl class="facts">\n'
    for (l_1_grade, l_1_meaning) in (undefined(name='grades') if l_0_grades is missing else l_0_grades):
        _loop_vars = {}
        pass
        yield '<dt>'
        yield escape(environment.finalize(l_1_grade))
        yield '</dt><dd>'
        yield escape(environment.finalize(l_1_meaning))
        yield '</dd>\n'
    l_1_grade = l_1_meaning = missing
    yield '</dl>\n<p class="note">A grade says how far the data support the finding. It is no probability and no statement about a person.</p>\n</details>\n</section>\n\n<section id="set-aside" aria-labelledby="set-aside-title">\n<h2 id="set-aside-title">In these places, and set aside</h2>\n'
    if (undefined(name='set_aside') if l_0_set_aside is missing else l_0_set_aside):
        pass
        def macro():
            t_15 = []
            pass
            t_15.append(
                '<table>\n<caption>Clients that are in a place asked for, or could be, and are not singled out.</caption>\n<thead><tr>\n<th scope="col">Class</th><th scope="col" class="number">Placed there</th><th scope="col" class="number">Events</th>\n<th scope="col" class="number">Possibly there</th><th scope="col" class="number">Events</th>\n</tr></thead>\n<tbody>\n',
            )
            for l_2_row in (undefined(name='set_aside') if l_0_set_aside is missing else l_0_set_aside):
                _loop_vars = {}
                pass
                t_15.extend((
                    '<tr>\n<th scope="row">',
                    escape(environment.finalize(environment.getattr(l_2_row, 'label'))),
                    '</th>\n<td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'clients_in')))),
                    '</td><td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'requests_in')))),
                    '</td>\n<td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'clients_undetermined')))),
                    '</td><td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'requests_undetermined')))),
                    '</td>\n</tr>\n',
                ))
            l_2_row = missing
            t_15.append(
                '</tbody>\n</table>\n',
            )
            return concat(t_15)
        caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
        yield context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), 'Clients in the places that are not singled out, by class', caller=caller)
        if (undefined(name='set_aside_clients') if l_0_set_aside_clients is missing else l_0_set_aside_clients):
            pass
            yield escape(environment.finalize(context.call((undefined(name='client_table') if l_0_client_table is missing else l_0_client_table), (undefined(name='set_aside_clients') if l_0_set_aside_clients is missing else l_0_set_aside_clients), 'Those that the database places there, one by one.')))
            yield '\n'
        if ((undefined(name='set_aside_total') if l_0_set_aside_total is missing else l_0_set_aside_total) > t_3((undefined(name='set_aside_clients') if l_0_set_aside_clients is missing else l_0_set_aside_clients))):
            pass
            yield '<p class="note">'
            yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), ((undefined(name='set_aside_total') if l_0_set_aside_total is missing else l_0_set_aside_total) - t_3((undefined(name='set_aside_clients') if l_0_set_aside_clients is missing else l_0_set_aside_clients))), 'more client')))
            yield ' of this kind; JSON and CSV hold them all.</p>\n'
    else:
        pass
        yield '<p>Nobody.</p>\n'
    yield '</section>\n\n'
    if (undefined(name='changes') if l_0_changes is missing else l_0_changes):
        pass
        yield '<section id="changes" aria-labelledby="changes-title">\n<h2 id="changes-title">As of the events, and now</h2>\n'
        def macro():
            t_16 = []
            pass
            t_16.append(
                '<table>\n<caption>Clients about which the newest copies of the sources say something else than those of the events\' time. "No anonymiser evidence" is said of nobody for whom either has evidence.</caption>\n<thead><tr>\n<th scope="col">What</th><th scope="col">As of the events</th><th scope="col">Now</th>\n<th scope="col" class="number">Clients</th><th scope="col" class="number">Events</th>\n</tr></thead>\n<tbody>\n',
            )
            for l_2_row in (undefined(name='changes') if l_0_changes is missing else l_0_changes):
                _loop_vars = {}
                pass
                t_16.extend((
                    '<tr>\n<th scope="row">',
                    escape(environment.finalize(environment.getattr(l_2_row, 'what'))),
                    '</th><td>',
                    escape(environment.finalize(environment.getattr(l_2_row, 'then'))),
                    '</td><td>',
                    escape(environment.finalize(environment.getattr(l_2_row, 'now'))),
                    '</td>\n<td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'clients')))),
                    '</td><td class="number">',
                    escape(environment.finalize(t_4(environment.getattr(l_2_row, 'requests')))),
                    '</td>\n</tr>\n',
                ))
            l_2_row = missing
            t_16.append(
                '</tbody>\n</table>\n',
            )
            return concat(t_16)
        caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
        yield context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), 'Clients about which the newest sources say something else', caller=caller)
        yield '</section>\n'
    yield '\n<section id="alternatives" aria-labelledby="alternatives-title">\n<h2 id="alternatives-title">Other explanations to consider</h2>\n<ul class="plain">\n'
    t_17 = 1
    for l_1_sentence in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'alternatives'):
        _loop_vars = {}
        pass
        yield '<li>'
        yield escape(environment.finalize(l_1_sentence))
        yield '</li>\n'
        t_17 = 0
    l_1_sentence = missing
    if t_17:
        pass
        yield '<li>None was recorded.</li>\n'
    yield '</ul>\n</section>\n\n<section id="limits" aria-labelledby="limits-title">\n<h2 id="limits-title">What this cannot show</h2>\n<ul class="plain">\n'
    t_18 = 1
    for l_1_sentence in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'limits'):
        _loop_vars = {}
        pass
        yield '<li>'
        yield escape(environment.finalize(l_1_sentence))
        yield '</li>\n'
        t_18 = 0
    l_1_sentence = missing
    if t_18:
        pass
        yield '<li>None was recorded.</li>\n'
    yield '</ul>\n</section>\n\n<section id="sources" aria-labelledby="sources-title">\n<h2 id="sources-title">Sources</h2>\n'
    def macro():
        t_19 = []
        pass
        t_19.append(
            '<table class="sources">\n<caption>Address databases that were asked.</caption>\n<thead><tr><th scope="col">Database</th><th scope="col">Used for</th><th scope="col">Built</th><th scope="col">SHA-256</th></tr></thead>\n<tbody>\n',
        )
        t_20 = 1
        for l_2_row in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'databases'):
            l_2_age = resolve('age')
            _loop_vars = {}
            pass
            t_19.extend((
                '<tr>\n<th scope="row">',
                escape(environment.finalize(environment.getattr(l_2_row, 'name'))),
                '<span class="note">',
                escape(environment.finalize(environment.getattr(l_2_row, 'vendor'))),
                ', ',
                escape(environment.finalize(environment.getattr(l_2_row, 'database_type'))),
                '. ',
                escape(environment.finalize(environment.getattr(l_2_row, 'attribution'))),
                '</span></th>\n<td>',
                escape(environment.finalize(t_2(context.eval_ctx, environment.getattr(l_2_row, 'roles'), ', '))),
                '</td>\n<td><span class="time">',
                escape(environment.finalize((environment.getattr(l_2_row, 'build_date') or 'unknown'))),
                '</span><br><span class="note">',
                escape(environment.finalize(context.call((undefined(name='age') if l_2_age is missing else l_2_age), environment.getattr(l_2_row, 'age_days'), _loop_vars=_loop_vars))),
                '</span></td>\n<td class="mono hash">',
                escape(environment.finalize(environment.getattr(l_2_row, 'sha256'))),
                '</td>\n</tr>\n',
            ))
            t_20 = 0
        l_2_row = l_2_age = missing
        if t_20:
            pass
            t_19.append(
                '<tr><td colspan="4">None was asked.</td></tr>\n',
            )
        t_19.append(
            '</tbody>\n</table>\n',
        )
        return concat(t_19)
    caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
    yield context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), 'Address databases', caller=caller)
    def macro():
        t_21 = []
        pass
        t_21.append(
            '<table class="sources">\n<caption>Lists of networks and AS numbers that were asked about anonymisers and hosting.</caption>\n<thead><tr><th scope="col">List</th><th scope="col">Shows</th><th scope="col">Dated</th><th scope="col">SHA-256</th></tr></thead>\n<tbody>\n',
        )
        t_22 = 1
        for l_2_row in environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'lists'):
            l_2_age = resolve('age')
            _loop_vars = {}
            pass
            t_21.extend((
                '<tr>\n<th scope="row">',
                escape(environment.finalize(environment.getattr(l_2_row, 'name'))),
                '<span class="note">',
                escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), environment.getattr(l_2_row, 'entries'), 'entry', _loop_vars=_loop_vars))),
                ' of ',
                escape(environment.finalize(environment.getattr(l_2_row, 'kind'))),
                ', ',
                escape(environment.finalize(t_4(environment.getattr(l_2_row, 'bad_lines')))),
                ' unreadable; origin ',
                escape(environment.finalize(environment.getattr(l_2_row, 'lineage'))),
                '</span></th>\n<td>',
                escape(environment.finalize(t_2(context.eval_ctx, environment.getattr(l_2_row, 'classes'), ', '))),
                '</td>\n<td><span class="time">',
                escape(environment.finalize((environment.getattr(l_2_row, 'date') or 'undated'))),
                '</span><br><span class="note">',
                escape(environment.finalize(context.call((undefined(name='age') if l_2_age is missing else l_2_age), environment.getattr(l_2_row, 'age_days'), _loop_vars=_loop_vars))),
                '</span></td>\n<td class="mono hash">',
                escape(environment.finalize(environment.getattr(l_2_row, 'sha256'))),
                '</td>\n</tr>\n',
            ))
            t_22 = 0
        l_2_row = l_2_age = missing
        if t_22:
            pass
            t_21.append(
                '<tr><td colspan="4">None was asked, so anonymisers could not be assessed.</td></tr>\n',
            )
        t_21.append(
            '</tbody>\n</table>\n',
        )
        return concat(t_21)
    caller = Macro(environment, macro, None, (), False, False, False, context.eval_ctx.autoescape)
    yield context.call((undefined(name='scroll') if l_0_scroll is missing else l_0_scroll), 'Lists of networks', caller=caller)
    yield '</section>\n\n<section id="inputs" aria-labelledby="inputs-title">\n<h2 id="inputs-title">Inputs, and what could not be read</h2>\n'
    l_1_loop = missing
    for l_1_input, l_1_loop in LoopContext(environment.getattr((undefined(name='findings') if l_0_findings is missing else l_0_findings), 'inputs'), undefined):
        l_1_lines_account = resolve('lines_account')
        _loop_vars = {}
        pass
        yield '<article>\n<h3 class="mono">'
        yield escape(environment.finalize(environment.getattr(l_1_input, 'name')))
        yield '</h3>\n<dl class="facts">\n<dt>Lines</dt><dd>'
        yield escape(environment.finalize(context.call((undefined(name='lines_account') if l_1_lines_account is missing else l_1_lines_account), l_1_input, _loop_vars=_loop_vars)))
        yield '</dd>\n<dt>Read as</dt><dd>'
        yield escape(environment.finalize((environment.getattr(l_1_input, 'chosen') or 'no format')))
        yield '<p class="note">'
        l_2_loop = missing
        for (l_2_name, l_2_count), l_2_loop in LoopContext(t_1(environment.getattr(l_1_input, 'formats')), undefined):
            _loop_vars = {}
            pass
            yield escape(environment.finalize(l_2_name))
            yield ': '
            yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), l_2_count, 'event', _loop_vars=_loop_vars)))
            yield escape(environment.finalize(('' if environment.getattr(l_2_loop, 'last') else ', ')))
        l_2_loop = l_2_name = l_2_count = missing
        yield '</p></dd>\n<dt>Size</dt><dd>'
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), environment.getattr(l_1_input, 'raw_bytes'), 'byte', _loop_vars=_loop_vars)))
        yield ', '
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), environment.getattr(l_1_input, 'decoded_bytes'), 'byte', _loop_vars=_loop_vars)))
        yield ' decoded</dd>\n<dt>SHA-256</dt><dd class="mono">'
        yield escape(environment.finalize(environment.getattr(l_1_input, 'sha256_raw')))
        yield '</dd>\n'
        if (environment.getattr(l_1_input, 'sha256_decoded') != environment.getattr(l_1_input, 'sha256_raw')):
            pass
            yield '<dt>SHA-256, decoded</dt><dd class="mono">'
            yield escape(environment.finalize(environment.getattr(l_1_input, 'sha256_decoded')))
            yield '</dd>\n'
        for (l_2_reason, l_2_count) in t_1(environment.getattr(l_1_input, 'reject_reasons')):
            _loop_vars = {}
            pass
            yield '<dt>Rejected</dt><dd>'
            yield escape(environment.finalize(t_4(l_2_count)))
            yield ': '
            yield escape(environment.finalize(l_2_reason))
            yield '</dd>\n'
        l_2_reason = l_2_count = missing
        yield '</dl>\n'
        for l_2_warning in environment.getattr(l_1_input, 'warnings'):
            _loop_vars = {}
            pass
            yield '<div class="warning">'
            yield escape(environment.finalize(l_2_warning))
            yield '</div>\n'
        l_2_warning = missing
        yield '</article>\n'
    l_1_loop = l_1_input = l_1_lines_account = missing
    if (undefined(name='rejects') if l_0_rejects is missing else l_0_rejects):
        pass
        yield '<details>\n<summary>The first '
        yield escape(environment.finalize(t_3((undefined(name='rejects') if l_0_rejects is missing else l_0_rejects))))
        yield ' of '
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), (undefined(name='rejects_total') if l_0_rejects_total is missing else l_0_rejects_total), 'rejected line')))
        yield '</summary>\n'
        for l_1_row in (undefined(name='rejects') if l_0_rejects is missing else l_0_rejects):
            _loop_vars = {}
            pass
            yield '<pre><span class="position">'
            yield escape(environment.finalize(environment.getattr(l_1_row, 'source')))
            yield ':'
            yield escape(environment.finalize(environment.getattr(l_1_row, 'line')))
            yield ', '
            yield escape(environment.finalize(environment.getattr(l_1_row, 'reason')))
            yield '</span>'
            yield escape(environment.finalize(environment.getattr(l_1_row, 'text')))
            yield '</pre>\n'
        l_1_row = missing
        yield '</details>\n'
    yield '<details>\n<summary>Options of this run</summary>\n<dl class="facts">\n'
    for (l_1_name, l_1_value) in (undefined(name='options') if l_0_options is missing else l_0_options):
        _loop_vars = {}
        pass
        yield '<dt>'
        yield escape(environment.finalize(l_1_name))
        yield '</dt><dd>'
        yield escape(environment.finalize(l_1_value))
        yield '</dd>\n'
    l_1_name = l_1_value = missing
    yield '</dl>\n</details>\n</section>\n\n<section id="clients" aria-labelledby="clients-title">\n<h2 id="clients-title">All clients</h2>\n<details>\n<summary>'
    if (t_3((undefined(name='clients') if l_0_clients is missing else l_0_clients)) < (undefined(name='clients_total') if l_0_clients_total is missing else l_0_clients_total)):
        pass
        yield 'The first '
        yield escape(environment.finalize(t_4(t_3((undefined(name='clients') if l_0_clients is missing else l_0_clients)))))
        yield ' of '
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), (undefined(name='clients_total') if l_0_clients_total is missing else l_0_clients_total), 'client')))
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), (undefined(name='clients_total') if l_0_clients_total is missing else l_0_clients_total), 'client')))
    yield '</summary>\n'
    yield escape(environment.finalize(context.call((undefined(name='client_table') if l_0_client_table is missing else l_0_client_table), (undefined(name='clients') if l_0_clients is missing else l_0_clients), 'Clients in the order of the report.')))
    yield '\n</details>\n'
    if (t_3((undefined(name='clients') if l_0_clients is missing else l_0_clients)) < (undefined(name='clients_total') if l_0_clients_total is missing else l_0_clients_total)):
        pass
        yield '<p class="note">'
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), ((undefined(name='clients_total') if l_0_clients_total is missing else l_0_clients_total) - t_3((undefined(name='clients') if l_0_clients is missing else l_0_clients))), 'client')))
        yield ' left out here; JSON and CSV hold them all.</p>\n'
    yield '</section>\n\n</main>\n<footer class="page">\n<p>Addresses can be personal data. A report that is passed on needs a reason to name them.</p>\n</footer>\n</body>\n</html>'

blocks = {}
debug_info = '1=61&2=68&3=70&6=76&8=87&10=91&11=96&13=105&18=114&19=121&21=126&28=129&30=134&31=136&32=147&33=153&34=155&19=166&48=171&49=173&51=178&57=185&58=187&60=189&61=191&62=199&64=204&66=209&74=215&88=219&89=221&90=223&99=230&101=236&102=252&103=256&104=260&90=271&110=272&111=275&114=277&115=281&121=285&129=293&130=300&131=312&132=316&133=318&134=320&139=326&140=328&121=333&148=335&151=339&152=343&153=345&154=349&156=353&157=357&158=359&159=361&160=368&161=372&162=374&163=382&164=384&168=394&169=396&170=398&171=400&173=402&176=405&177=409&183=417&184=420&189=423&190=427&199=433&200=435&208=441&210=446&211=448&212=452&200=463&218=464&219=466&221=468&222=471&229=477&232=480&240=486&242=491&243=497&232=508&255=512&256=516&266=525&267=529&276=537&281=544&283=550&284=558&285=560&286=564&276=579&294=580&299=587&301=593&302=603&303=605&304=609&294=624&316=627&318=632&320=634&321=636&322=648&323=652&324=654&325=657&327=659&328=663&331=669&332=673&336=678&338=681&339=685&340=689&347=700&348=704&357=710&358=720&360=722&361=725'
