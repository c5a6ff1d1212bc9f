-- What an environment says of its target: places with their task queues, ports, and what belongs to the kind alone.
UPDATE "environments" SET "settings" = jsonb_set("settings", '{target}', jsonb_build_object(
	'places', (
		SELECT coalesce(jsonb_agg(jsonb_build_object('name', "host", 'queue', 'host/' || "host") ORDER BY "position"), '[]')
		FROM jsonb_array_elements_text("settings" #> '{target,hosts}') WITH ORDINALITY AS "hosts"("host", "position")
	),
	'ports', jsonb_build_array("settings" #> '{target,publishPort}'),
	'kindSettings', ("settings" -> 'target') - 'hosts'
)) WHERE "settings" -> 'target' ? 'hosts';--> statement-breakpoint
UPDATE "releases" SET "input" = jsonb_set("input", '{environments}', (
	SELECT jsonb_agg(CASE WHEN "one" -> 'target' ? 'hosts' THEN jsonb_set("one", '{target}', jsonb_build_object(
		'places', (
			SELECT coalesce(jsonb_agg(jsonb_build_object('name', "host", 'queue', 'host/' || "host") ORDER BY "position"), '[]')
			FROM jsonb_array_elements_text("one" #> '{target,hosts}') WITH ORDINALITY AS "hosts"("host", "position")
		),
		'ports', jsonb_build_array("one" #> '{target,publishPort}'),
		'kindSettings', ("one" -> 'target') - 'hosts'
	)) ELSE "one" END ORDER BY "at")
	FROM jsonb_array_elements("input" -> 'environments') WITH ORDINALITY AS "environments"("one", "at")
)) WHERE jsonb_path_exists("input", '$.environments[*].target.hosts');
